//! OFX, the statement that banks offer for money programs: 1.x (SGML) and 2.x (XML), also as QFX and QBO.
//!
//! It stands apart because hardly a file keeps to its standard: end tags are missing, the header is on one line or
//! not there, the encoding is another than it says, ids repeat. So one tokenizer serves both versions, and what an
//! element belongs to follows from the elements around it.
//!
//! | element | what | read by |
//! |---|---|---|
//! | header | version, encoding | `header` |
//! | `…MSGSRSV1`, `STMTTRNRS`, `STATUS` | sets of messages, answers, whether the bank refuses | `records` |
//! | `STMTRS`, `CCSTMTRS` | a statement: `CURDEF`, `BANKACCTFROM`, `LEDGERBAL` | `statement`, `account` |
//! | `STMTTRN` | a transaction: `DTPOSTED`, `TRNAMT`, `FITID`, `NAME`, `MEMO`, … | `line`, `fitid` |
//! | `STMTTRNP`, `BANKTRANLISTP` | what is not booked: counted | `records` |
//!
//! | file | what |
//! |---|---|
//! | `tags` | bytes to tags, from one buffer |
//! | `names` | names of elements |
//! | `records`, `open` | tags to the parts of a file |
//! | `parts` | these parts |
//! | `values` | text, dates, amounts |
//! | `map` | parts to statements, and how the file was understood |
//!
//! A line's identity (see [`crate::domain::identity`]) has the basis `ref` with the `FITID` where it can be trusted
//! (`fitid`), else the basis `text` with the counterparty's account and name, payee, extended name, memos and number
//! as they stand. Day and amount belong to it in both cases, so an id that a bank gives twice still tells lines
//! apart.
//!
//! Source: Open Financial Exchange 1.0.2, 1.6 and 2.2 (chapters 2, 3 and 11).

mod account;
mod fitid;
mod header;
mod line;
mod map;
mod names;
mod open;
mod parts;
mod records;
mod statement;
mod tags;
mod values;

use super::{Confidence, Input, ParseOptions, Reading, StatementFormat};
use crate::errors::Result;

/// The format.
pub struct Ofx;

impl StatementFormat for Ofx {
    fn id(&self) -> &'static str {
        "ofx"
    }

    fn title(&self) -> &'static str {
        "OFX (Open Financial Exchange)"
    }

    fn supports(&self) -> &'static [&'static str] {
        &[
            "OFX 1.x (SGML) and 2.x (XML), QFX, QBO; with any header or none, with or without end tags",
            "bank accounts and credit cards, several in a file; foreign currencies, corrections",
            "left out and counted: pending transactions, investments, transfers and other answers",
            "refused: files of investments alone, requests, answers with an error, OFC",
        ]
    }

    fn sniff(&self, input: &Input) -> Confidence {
        let letters: Vec<u8> = input.head().iter().copied().filter(|byte| *byte != 0).collect();
        let Some(start) = header::start(&letters) else {
            return if header::is_older(&letters) { Confidence::Maybe } else { Confidence::No };
        };
        let before = letters.get(..start).unwrap_or_default();
        let before = before.strip_prefix(b"\xef\xbb\xbf").unwrap_or(before).trim_ascii();
        let is_header = || memchr::memmem::find(&before.to_ascii_uppercase(), b"OFX").is_some();
        if before.is_empty() || before.starts_with(b"<") || is_header() {
            Confidence::Sure
        } else {
            Confidence::Maybe
        }
    }

    fn parse(&self, input: &Input, options: &ParseOptions) -> Result<Reading> {
        map::read(input, options)
    }

    fn describe(&self, bank_code: &str) -> Option<String> {
        let words = match bank_code {
            "CREDIT" => "Credit",
            "DEBIT" => "Debit",
            "INT" => "Interest",
            "DIV" => "Dividend",
            "FEE" => "Fee of the bank",
            "SRVCHG" => "Service charge",
            "DEP" => "Deposit",
            "ATM" => "Cash machine",
            "POS" => "Point of sale",
            "XFER" => "Transfer",
            "CHECK" => "Cheque",
            "PAYMENT" => "Electronic payment",
            "CASH" => "Cash withdrawal",
            "DIRECTDEP" => "Direct deposit",
            "DIRECTDEBIT" => "Direct debit",
            "REPEATPMT" => "Repeating payment",
            "OTHER" => "Other",
            _ => return None,
        };
        Some(words.to_owned())
    }
}

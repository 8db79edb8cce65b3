//! A CAMT.053.001.08 of one statement, one `TxDtls` an entry, as a bank writes it: no indentation, an entry a line.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use jiff::civil::Date;

use crate::payments::{ACCOUNT, BIC, Communication, HOLDER, Payment, Payments, decimal};

/// Writes the file.
pub fn write(path: &Path, payments: &Payments) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
    let (before, last) = payments.days();
    writeln!(
        out,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.08\"><BkToCstmrStmt>\
         <GrpHdr><MsgId>STM{0}0001</MsgId><CreDtTm>{1}T21:40:12+01:00</CreDtTm>\
         <MsgPgntn><PgNb>1</PgNb><LastPgInd>true</LastPgInd></MsgPgntn></GrpHdr>\
         <Stmt><Id>{ACCOUNT}-{0}</Id><ElctrncSeqNb>{2}</ElctrncSeqNb><LglSeqNb>{2}</LglSeqNb>\
         <CreDtTm>{1}T21:40:12+01:00</CreDtTm>\
         <Acct><Id><IBAN>{ACCOUNT}</IBAN></Id><Ccy>EUR</Ccy><Ownr><Nm>{HOLDER}</Nm></Ownr>\
         <Svcr><FinInstnId><BICFI>{BIC}</BICFI></FinInstnId></Svcr></Acct>",
        last.strftime("%Y%m%d"),
        last,
        payments.statement(),
    )?;
    balance(&mut out, "OPBD", payments.opening(), before)?;
    balance(&mut out, "CLBD", payments.opening() + payments.sum(), last)?;
    for payment in payments.iter() {
        entry(&mut out, &payment)?;
    }
    writeln!(out, "</Stmt></BkToCstmrStmt></Document>")?;
    out.flush()
}

fn balance(out: &mut impl Write, code: &str, cents: i64, day: Date) -> io::Result<()> {
    writeln!(
        out,
        "<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy=\"EUR\">{}</Amt><CdtDbtInd>{}</CdtDbtInd>\
         <Dt><Dt>{day}</Dt></Dt></Bal>",
        decimal(cents.abs()),
        side(cents),
    )
}

fn side(cents: i64) -> &'static str {
    if cents < 0 { "DBIT" } else { "CRDT" }
}

fn entry(out: &mut impl Write, payment: &Payment) -> io::Result<()> {
    let (other, other_account, other_agent, family, own) = if payment.cents < 0 {
        ("Cdtr", "CdtrAcct", "CdtrAgt", "ICDT", "Dbtr")
    } else {
        ("Dbtr", "DbtrAcct", "DbtrAgt", "RCDT", "Cdtr")
    };
    let (amount, side) = (decimal(payment.cents.abs()), side(payment.cents));
    let Payment { number, day, value_day, street, town, iban, bic, end_to_end, reference, .. } = payment;
    // A bank writes an ampersand now and then.
    let name = payment.name.replacen(' ', if number.is_multiple_of(16) { " &amp; " } else { " " }, 1);
    let code = format!(
        "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>{family}</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd>"
    );
    write!(
        out,
        "<Ntry><NtryRef>{number}</NtryRef><Amt Ccy=\"EUR\">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd>\
         <Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{day}</Dt></BookgDt><ValDt><Dt>{value_day}</Dt></ValDt>\
         <AcctSvcrRef>{reference}</AcctSvcrRef>{code}\
         <NtryDtls><TxDtls><Refs><AcctSvcrRef>{reference}</AcctSvcrRef><EndToEndId>{end_to_end}</EndToEndId></Refs>\
         <Amt Ccy=\"EUR\">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd>\
         <RltdPties><{other}><Pty><Nm>{name}</Nm><PstlAdr><Ctry>BE</Ctry><AdrLine>{street}</AdrLine>\
         <AdrLine>{town}</AdrLine></PstlAdr></Pty></{other}>\
         <{other_account}><Id><IBAN>{iban}</IBAN></Id></{other_account}>\
         <{own}><Pty><Nm>{HOLDER}</Nm></Pty></{own}></RltdPties>\
         <RltdAgts><{other_agent}><FinInstnId><BICFI>{bic}</BICFI></FinInstnId></{other_agent}></RltdAgts><RmtInf>",
    )?;
    match &payment.communication {
        Communication::Structured(digits) => write!(
            out,
            "<Strd><CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry><Issr>BBA</Issr></Tp>\
             <Ref>{digits}</Ref></CdtrRefInf></Strd>"
        )?,
        Communication::Free(text) => write!(out, "<Ustrd>{text}</Ustrd>")?,
    }
    writeln!(out, "</RmtInf></TxDtls></NtryDtls></Ntry>")
}

//! The payments of a test as files of further formats.

use std::fmt::Write as _;

use bank_bridge::domain::Date;

use crate::support::make::Payment;

/// Cents as an amount with that decimal mark.
fn written(cents: i64, mark: char) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    format!("{sign}{}{mark}{:02}", cents.abs() / 100, cents.abs() % 100)
}

/// An export of KBC as CSV, newest first, from an opening balance in cents.
pub fn csv(account: &str, opening: i64, payments: &[Payment]) -> String {
    let mut balance = opening;
    let mut rows = Vec::new();
    for payment in payments {
        balance += payment.cents;
        let day = payment.day.strftime("%d/%m/%Y");
        let (amount, balance) = (written(payment.cents, ','), written(balance, ','));
        let (credit, debit) = if payment.cents < 0 { ("", &*amount) } else { (&*amount, "") };
        rows.push(format!(
            "{account};PROFESSIONAL;ATELIER;EUR; 02026031;{day};{};{day};{amount};{balance};{credit};{debit};{};;SOMEBODY;;;",
            payment.text, payment.account
        ));
    }
    rows.push(
        "Rekeningnummer;Rubrieknaam;Naam;Munt;Afschriftnummer;Datum;Omschrijving;Valuta;Bedrag;Saldo;credit;debet;Rekeningnummer tegenpartij;BIC tegenpartij;Naam tegenpartij;Adres tegenpartij;gestructureerde mededeling;Vrije mededeling"
            .to_owned(),
    );
    rows.reverse();
    rows.join("\r\n") + "\r\n"
}

/// An MT940 of one statement, from an opening balance in cents.
pub fn mt940(account: &str, number: u32, opening: i64, payments: &[Payment]) -> String {
    let short = |day: Date| day.strftime("%y%m%d").to_string();
    let mark = |cents: i64| if cents < 0 { 'D' } else { 'C' };
    let first = payments.first().map_or_else(|| jiff::civil::date(2026, 3, 31), |payment| payment.day);
    let last = payments.last().map_or(first, |payment| payment.day);
    let closing = opening + payments.iter().map(|payment| payment.cents).sum::<i64>();
    let balance =
        |day: Date, cents: i64| format!("{}{}EUR{}", mark(cents), short(day), written(cents.abs(), ','));
    let mut text = format!(
        ":20:STMT{number}\r\n:25:{account}\r\n:28C:{number}/1\r\n:60F:{}\r\n",
        balance(first.saturating_sub(jiff::Span::new().days(1)), opening)
    );
    for payment in payments {
        let _ = write!(
            text,
            ":61:{}{}{}{}NTRFNONREF//{}\r\n:86:/IBAN/{}/NAME/SOMEBODY/REMI/{}\r\n",
            short(payment.day),
            payment.day.strftime("%m%d"),
            mark(payment.cents),
            written(payment.cents.abs(), ','),
            payment.reference,
            payment.account,
            payment.text
        );
    }
    let _ = write!(text, ":62F:{}\r\n-\r\n", balance(last, closing));
    text
}

/// A QIF of a bank account, with days and amounts as Quicken in Europe writes them.
pub fn qif(payments: &[Payment]) -> String {
    let mut text = "!Type:Bank\n".to_owned();
    for payment in payments {
        let _ = write!(
            text,
            "D{}\nT{}\nPSOMEBODY\nM{}\n^\n",
            payment.day.strftime("%Y-%m-%d"),
            written(payment.cents, '.'),
            payment.text
        );
    }
    text
}

/// An OFX of one account, from an opening balance in cents.
pub fn ofx(account: &str, opening: i64, payments: &[Payment]) -> String {
    let day = |day: Date| day.strftime("%Y%m%d").to_string();
    let first = payments.first().map_or_else(|| jiff::civil::date(2026, 3, 31), |payment| payment.day);
    let last = payments.last().map_or(first, |payment| payment.day);
    let closing = opening + payments.iter().map(|payment| payment.cents).sum::<i64>();
    let mut text = format!(
        "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nSECURITY:NONE\nENCODING:USASCII\nCHARSET:1252\nCOMPRESSION:NONE\nOLDFILEUID:NONE\nNEWFILEUID:NONE\n\n<OFX><SIGNONMSGSRSV1><SONRS><STATUS><CODE>0<SEVERITY>INFO</STATUS><DTSERVER>{}<LANGUAGE>ENG</SONRS></SIGNONMSGSRSV1>\n<BANKMSGSRSV1><STMTTRNRS><TRNUID>1<STATUS><CODE>0<SEVERITY>INFO</STATUS><STMTRS><CURDEF>EUR<BANKACCTFROM><BANKID>710<ACCTID>{account}<ACCTTYPE>CHECKING</BANKACCTFROM>\n<BANKTRANLIST><DTSTART>{}<DTEND>{}\n",
        day(last),
        day(first),
        day(last)
    );
    for payment in payments {
        let _ = writeln!(
            text,
            "<STMTTRN><TRNTYPE>{}<DTPOSTED>{}<TRNAMT>{}<FITID>{}<NAME>SOMEBODY<MEMO>{}</STMTTRN>",
            if payment.cents < 0 { "DEBIT" } else { "CREDIT" },
            day(payment.day),
            written(payment.cents, '.'),
            payment.reference,
            payment.text
        );
    }
    let _ = writeln!(
        text,
        "</BANKTRANLIST><LEDGERBAL><BALAMT>{}<DTASOF>{}</LEDGERBAL></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>",
        written(closing, '.'),
        day(last)
    );
    text
}

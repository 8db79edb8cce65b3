//! Bank files made on the spot, for tests that need many lines or overlapping ones.

use std::fmt::Write as _;

use bank_bridge::domain::{Date, Decimal};

/// One booked payment.
#[derive(Clone, Debug)]
pub struct Payment {
    /// Booking date.
    pub day: Date,
    /// Signed amount, in cents.
    pub cents: i64,
    /// Counterparty's account.
    pub account: String,
    /// Remittance information.
    pub text: String,
    /// The bank's reference; empty for none.
    pub reference: String,
}

/// Payments that differ from one another, `per_day` on each day from `first`.
pub fn payments(first: Date, days: usize, per_day: usize) -> Vec<Payment> {
    let mut all = Vec::new();
    for day in 0..days {
        for index in 0..per_day {
            let number = (day * per_day + index) as i64;
            all.push(Payment {
                day: first.saturating_add(jiff::Span::new().days(day as i64)),
                cents: if number % 3 == 0 { -100 - number } else { 250 + number },
                account: "BE68539007547034".to_owned(),
                text: format!("Payment {number}"),
                reference: format!("REF{number:08}"),
            });
        }
    }
    all
}

/// Sum of payments.
pub fn sum(payments: &[Payment]) -> Decimal {
    Decimal::new(payments.iter().map(|payment| payment.cents).sum(), 2)
}

/// A CAMT.053 of one statement for an account, from an opening balance in cents.
pub fn camt(account: &str, number: u32, opening: i64, payments: &[Payment]) -> String {
    let amount = |cents: i64| format!("{}.{:02}", cents.abs() / 100, cents.abs() % 100);
    let side = |cents: i64| if cents < 0 { "DBIT" } else { "CRDT" };
    let closing = opening + payments.iter().map(|payment| payment.cents).sum::<i64>();
    let day = payments.last().map_or_else(|| jiff::civil::date(2026, 3, 31), |payment| payment.day);
    let balance = |code: &str, cents: i64| {
        format!(
            "<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy=\"EUR\">{}</Amt><CdtDbtInd>{}</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>",
            amount(cents),
            side(cents)
        )
    };
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.08\"><BkToCstmrStmt><GrpHdr><MsgId>M{number}</MsgId><CreDtTm>{day}T20:00:00</CreDtTm></GrpHdr><Stmt><Id>S{number}</Id><ElctrncSeqNb>{number}</ElctrncSeqNb><CreDtTm>{day}T20:00:00</CreDtTm><Acct><Id><IBAN>{account}</IBAN></Id><Ccy>EUR</Ccy></Acct>{}{}\n",
        balance("OPBD", opening),
        balance("CLBD", closing)
    );
    for payment in payments {
        let (other, agent) = if payment.cents < 0 { ("Cdtr", "CdtrAcct") } else { ("Dbtr", "DbtrAcct") };
        let reference = if payment.reference.is_empty() {
            String::new()
        } else {
            format!("<AcctSvcrRef>{}</AcctSvcrRef>", payment.reference)
        };
        let _ = writeln!(
            xml,
            "<Ntry><Amt Ccy=\"EUR\">{}</Amt><CdtDbtInd>{}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{day}</Dt></BookgDt><ValDt><Dt>{day}</Dt></ValDt>{reference}<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd><NtryDtls><TxDtls><RltdPties><{other}><Pty><Nm>Somebody</Nm></Pty></{other}><{agent}><Id><IBAN>{}</IBAN></Id></{agent}></RltdPties><RmtInf><Ustrd>{}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>",
            amount(payment.cents),
            side(payment.cents),
            payment.account,
            payment.text,
            day = payment.day,
        );
    }
    xml.push_str("</Stmt></BkToCstmrStmt></Document>\n");
    xml
}

/// A CODA (version 2) of one statement for a Belgian IBAN, from an opening balance in cents.
pub fn coda(account: &str, number: u32, opening: i64, payments: &[Payment]) -> String {
    let date = |day: Date| format!("{:02}{:02}{:02}", day.day(), day.month(), day.year() % 100);
    let sign = |cents: i64| if cents < 0 { '1' } else { '0' };
    let amount = |cents: i64| format!("{:015}", cents.abs() * 10);
    let zone = format!("{account:<34}EUR");
    let day = payments.last().map_or_else(|| jiff::civil::date(2026, 3, 31), |payment| payment.day);
    let before =
        payments.first().map_or(day, |payment| payment.day).saturating_sub(jiff::Span::new().days(1));
    let closing = opening + payments.iter().map(|payment| payment.cents).sum::<i64>();
    let mut records = vec![
        format!(
            "00000{}30005{:<8}{:<10}{:<26}{:<11}{:011} {:05}{:<39}2",
            date(day),
            "",
            "",
            "ATELIER",
            "KREDBEBB",
            0,
            0,
            ""
        ),
        format!(
            "12{:03}{zone}{}{}{}{:<26}{:<35}{number:03}",
            number % 1000,
            sign(opening),
            amount(opening),
            date(before),
            "ATELIER",
            ""
        ),
    ];
    for (index, payment) in payments.iter().enumerate() {
        let sequence = format!("{:04}0000", (index + 1) % 10_000);
        records.push(format!(
            "21{sequence}{:<21}{}{}{}{}0{:<53}{}{:03}01 0",
            payment.reference,
            sign(payment.cents),
            amount(payment.cents),
            date(payment.day),
            if payment.cents < 0 { "00101000" } else { "00150000" },
            payment.text,
            date(payment.day),
            number % 1000
        ));
        records.push(format!("22{sequence}{:<53}{:<35}{:<11}   {:<12}{}1 0", "", "", "", "", ""));
        records.push(format!("23{sequence}{:<34}EUR{:<35}{:<43}0 0", payment.account, "SOMEBODY", ""));
    }
    let count = records.len();
    records.push(format!(
        "8{:03}{zone}{}{}{}{:<64}0",
        number % 1000,
        sign(closing),
        amount(closing),
        date(day),
        ""
    ));
    let side = |debit: bool| payments.iter().map(|p| p.cents).filter(|c| (*c < 0) == debit).sum::<i64>();
    records.push(format!(
        "9{:<15}{:06}{}{}{:<75}2",
        "",
        count % 1_000_000,
        amount(side(true)),
        amount(side(false)),
        ""
    ));
    for record in &mut records {
        let missing = 128_usize.saturating_sub(record.chars().count());
        if missing > 0 {
            let last = record.pop().unwrap_or(' ');
            record.push_str(&" ".repeat(missing));
            record.push(last);
        }
        assert_eq!(record.chars().count(), 128, "{record}");
    }
    records.join("\r\n") + "\r\n"
}

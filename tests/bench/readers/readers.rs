//! The other readers in Rust, each as its own documentation has it used: `readers READER FILE`.
//!
//! Prints how many records it read and their sum, so that a reader that left something out is seen.

use std::error::Error;
use std::path::Path;

use rust_decimal::Decimal;

type Outcome = Result<(usize, Decimal), Box<dyn Error>>;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [reader, path] = arguments.as_slice() else { return Err("a reader and a file are needed".into()) };
    let path = Path::new(path);
    let (records, sum) = match reader.as_str() {
        "camt053" => camt053(path),
        "mt940" => mt940(path),
        "ofx_rs" => ofx_rs(path),
        "qif_parser" => qif_parser(path),
        _ => Err(format!("no reader {reader}").into()),
    }?;
    println!("{{\"records\": {records}, \"sum\": \"{sum}\"}}");
    Ok(())
}

fn camt053(path: &Path) -> Outcome {
    let statements = camt053::SimpleStatements::load(path)?;
    let (mut records, mut sum) = (0, Decimal::ZERO);
    for statement in &statements {
        for transaction in statement {
            records += 1;
            sum += transaction.amount;
        }
    }
    Ok((records, sum))
}

fn mt940(path: &Path) -> Outcome {
    // What stands between messages must go first.
    let text = mt940::sanitizers::strip_stuff_between_messages(&std::fs::read_to_string(path)?);
    let messages = mt940::parse_mt940(&text)?;
    let (mut records, mut sum) = (0, Decimal::ZERO);
    for line in messages.iter().flat_map(|message| &message.statement_lines) {
        records += 1;
        sum += match line.ext_debit_credit_indicator {
            mt940::ExtDebitOrCredit::Debit | mt940::ExtDebitOrCredit::ReverseCredit => -line.amount,
            _ => line.amount,
        };
    }
    Ok((records, sum))
}

fn ofx_rs(path: &Path) -> Outcome {
    let text = std::fs::read_to_string(path)?;
    let document = ofx_rs::parse(&text)?;
    let banking = document.banking().ok_or("no banking")?;
    let (mut records, mut sum) = (0, Decimal::ZERO);
    for response in banking.statement_responses() {
        let list = response.response().and_then(|statement| statement.transaction_list());
        for transaction in list.into_iter().flat_map(|list| list.transactions()) {
            records += 1;
            sum += transaction.amount().to_string().parse::<Decimal>()?;
        }
    }
    Ok((records, sum))
}

fn qif_parser(path: &Path) -> Outcome {
    let text = std::fs::read_to_string(path)?;
    let qif = qif_parser::parse(&text, "%d/%m/%Y")?;
    // It reads amounts as floats; to the cent their sum still is one.
    let sum: f64 = qif.transactions.iter().map(|transaction| transaction.amount).sum();
    Ok((qif.transactions.len(), format!("{sum:.2}").parse()?))
}

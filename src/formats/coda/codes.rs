//! Transaction codes in words (Febelfin, annex of transaction codes).
//!
//! Eight digits: the type (how a movement and its details hang together), the family, the transaction within the
//! family, and the category. Transactions 01-49 take money from the account, 50-99 bring it; 40-48 and 90-98
//! belong to each bank, 49 and 99 undo, 37 are costs and 87 their refund in nearly every family.

use crate::domain::{Kind, Text};

/// The code as a line carries it: `0-01-50-000`.
pub(super) fn digits(code: [u8; 8]) -> Text {
    let mut written = *b"0-00-00-000";
    for (place, digit) in [0, 2, 3, 5, 6, 8, 9, 10].into_iter().zip(code) {
        written[place] = digit;
    }
    Text::from(text(&written))
}

/// A code in words: `SEPA credit transfer: in your favour (net amount)`; none where it has not the form.
pub(super) fn describe(code: &str) -> Option<String> {
    let mut parts = code.split('-');
    let [kind, family, operation, category] = [parts.next()?, parts.next()?, parts.next()?, parts.next()?];
    let formed = [kind, family, operation, category].map(str::len) == [1, 2, 2, 3]
        && parts.next().is_none()
        && code.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    if !formed {
        return None;
    }
    let named = |name: Option<&str>, kind: &str, digits: &str| {
        name.map_or_else(|| format!("{kind} {digits}"), str::to_owned)
    };
    let family_words = named(family_name(family), "family", family);
    let operation_words = named(operation_name(family, operation), "transaction", operation);
    let category_words = named(category_name(category), "category", category);
    let mut words = format!("{family_words}: {operation_words} ({category_words})");
    if let Some(role) = role(kind) {
        words.push_str(", ");
        words.push_str(role);
    }
    Some(words)
}

/// Whether the standard lists family and transaction, or leaves them to the bank.
pub(super) fn is_known(code: [u8; 8]) -> bool {
    let (family, operation) = (text(&code[1..3]), text(&code[3..5]));
    family_name(family).is_some() && operation_name(family, operation).is_some()
}

/// What a code alone says is special about a line.
pub(super) fn kind(code: [u8; 8]) -> Option<Kind> {
    let number =
        |tens: u8, ones: u8| tens.wrapping_sub(b'0').wrapping_mul(10).wrapping_add(ones.wrapping_sub(b'0'));
    match (number(code[1], code[2]), number(code[3], code[4])) {
        // A debit that was not paid or is paid back, a transfer or a cheque that did not go through.
        (1 | 2, 54 | 62) | (5, 3 | 5 | 54 | 56) | (7 | 43 | 47, 7) | (3, 9 | 38) => Some(Kind::Return),
        (5, 58) | (3, 60 | 62 | 63) | (_, 49 | 99) => Some(Kind::Reversal),
        (80, _) | (_, 37) => Some(Kind::Charges),
        _ => None,
    }
}

fn text(digits: &[u8]) -> &str {
    std::str::from_utf8(digits).unwrap_or_default()
}

/// How the movement hangs together with others; none for a simple one.
fn role(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "1" => "total of the customer's order",
        "2" => "total made by the bank",
        "3" => "amount with details",
        "5" => "detail of the customer's order",
        "6" | "7" => "detail of a total made by the bank",
        "8" => "detail of an amount",
        "9" => "detail of a detail",
        _ => return None,
    })
}

fn family_name(family: &str) -> Option<&'static str> {
    Some(match family {
        "00" => "Undefined",
        "01" => "SEPA credit transfer",
        "02" => "Instant SEPA credit transfer",
        "03" => "Cheque",
        "04" => "Card",
        "05" => "Direct debit",
        "07" => "Domestic commercial paper",
        "09" => "Counter",
        "11" => "Securities",
        "13" => "Credit",
        "30" => "Various transactions",
        "35" => "Closing of the account",
        "41" => "Transfer outside SEPA",
        "43" => "Foreign cheque",
        "47" => "Foreign commercial paper",
        "49" => "Foreign counter",
        "80" => "Fees and commissions",
        _ => return None,
    })
}

fn operation_name(family: &str, operation: &str) -> Option<&'static str> {
    of_family(family, operation).or_else(|| of_every_family(operation))
}

fn of_every_family(operation: &str) -> Option<&'static str> {
    Some(match operation {
        "37" => "costs",
        "87" => "refund of costs",
        "40" | "41" | "42" | "43" | "44" | "45" | "46" | "47" | "48" => "debit of the bank's own kind",
        "90" | "91" | "92" | "93" | "94" | "95" | "96" | "97" | "98" => "credit of the bank's own kind",
        "49" | "99" => "cancellation or correction",
        _ => return None,
    })
}

fn of_family(family: &str, operation: &str) -> Option<&'static str> {
    match family {
        "00" => of_undefined(operation),
        "01" | "02" => of_transfers(operation),
        "03" => of_cheques(operation),
        "04" => of_cards(operation),
        "05" => of_direct_debits(operation),
        "07" => of_paper(operation),
        "09" => of_counter(operation),
        "11" => of_securities(operation),
        "13" => of_credit(operation),
        "30" => of_various(operation),
        "35" => of_closing(operation),
        "41" => of_foreign_transfers(operation),
        "43" => of_foreign_cheques(operation),
        "47" => of_foreign_paper(operation),
        "49" => (operation == "03").then_some("withdrawal abroad"),
        "80" => of_fees(operation),
        _ => None,
    }
}

/// Pairs of digits and words as a function that finds one.
macro_rules! words {
    ($($name:ident { $($code:literal $words:literal)* })*) => {
        $(fn $name(operation: &str) -> Option<&'static str> {
            Some(match operation { $($code => $words,)* _ => return None })
        })*
    };
}

words! {
    of_undefined {
        "00" "undefined" "33" "value date correction" "35" "closing" "39" "undefined debit"
        "83" "value date correction" "85" "closing" "89" "undefined credit"
    }
    of_transfers {
        "01" "order by you" "02" "order by the bank" "03" "standing order" "05" "wages" "06" "instant order"
        "07" "collective order" "13" "from your own account" "17" "financial centralisation"
        "39" "issue of a circular cheque" "50" "in your favour" "51" "in your favour by the bank"
        "52" "payment in your favour" "54" "order that could not be carried out" "56" "instant, in your favour"
        "60" "circular cheque not presented" "62" "unpaid postal order" "64" "to your own account"
        "66" "financial centralisation"
    }
    of_cheques {
        "01" "payment of your cheque" "05" "payment of a voucher" "09" "unpaid voucher" "11" "department store cheque"
        "15" "purchase of a bank cheque" "17" "certified cheque" "38" "provisionally unpaid"
        "52" "credit under reserve" "58" "credit after collection" "60" "reversal of a voucher"
        "62" "reversal of a cheque" "63" "second credit of an unpaid cheque" "66" "issued by your branch"
    }
    of_cards {
        "01" "loading of a mobile phone" "02" "payment in the euro zone" "03" "settlement of credit cards"
        "04" "cash withdrawal" "05" "loading of a Proton card" "06" "payment with a fuel card"
        "07" "payment by mobile phone" "08" "payment outside the euro zone" "09" "loading of a prepaid card"
        "10" "correction of a prepaid card" "50" "credit of a payment terminal" "51" "unloading of a Proton card"
        "52" "loading of a mobile phone" "53" "cash deposit at a machine" "54" "unloading of a prepaid card"
        "55" "income by mobile phone" "56" "correction of a prepaid card" "68" "credit of Proton payments"
    }
    of_direct_debits {
        "01" "payment" "03" "unpaid" "05" "reimbursement" "50" "credit after collection" "52" "credit under reserve"
        "54" "reimbursement" "56" "reimbursement that could not be carried out" "58" "reversal"
    }
    of_paper {
        "01" "payment" "05" "claimed back" "06" "extension of the maturity" "07" "unpaid" "08" "advance"
        "09" "agio" "39" "irregular bill" "50" "credit after collection" "52" "credit under reserve"
        "54" "discount" "56" "supplier's bill with guarantee" "58" "supplier's bill without guarantee"
    }
    of_counter {
        "01" "cash withdrawal" "05" "purchase of foreign notes" "07" "purchase of gold" "09" "petrol coupons"
        "13" "withdrawal by your branch" "17" "purchase of fiscal stamps" "19" "difference in payment"
        "25" "purchase of traveller's cheques" "50" "cash payment" "52" "night safe" "58" "payment by your branch"
        "60" "sale of foreign notes" "62" "sale of gold" "68" "difference in payment"
        "70" "sale of traveller's cheques"
    }
    of_securities {
        "01" "purchase" "02" "tender" "03" "subscription" "04" "issue" "05" "partly paid subscription"
        "06" "share option plan" "09" "settlement" "11" "coupons payable" "13" "repurchase" "15" "interim interest"
        "17" "management fee" "19" "regularisation costs" "50" "sale" "51" "tender" "52" "payment of coupons"
        "58" "repayable securities" "62" "interim interest" "64" "issue" "66" "retrocession of commission"
        "68" "missing coupon" "70" "settlement"
    }
    of_credit {
        "01" "short-term loan" "02" "long-term loan" "05" "settlement of a fixed advance" "07" "instalment loan"
        "11" "mortgage loan" "13" "bank acceptances" "15" "hire purchase" "19" "documentary import credit"
        "21" "other credit" "50" "settlement of instalment credit" "54" "fixed advance, capital and interest"
        "55" "fixed advance, interest" "56" "subsidy" "60" "mortgage loan" "62" "term loan"
        "68" "documentary export credit" "70" "discount of acceptances"
    }
    of_various {
        "01" "spot purchase of currency" "03" "forward purchase of currency" "05" "term investment"
        "33" "value date correction" "39" "undefined debit" "50" "spot sale of currency"
        "52" "forward sale of currency" "54" "term investment, capital and interest"
        "55" "term investment, interest" "83" "value date correction" "89" "undefined credit"
    }
    of_closing { "01" "debit" "50" "credit" }
    of_foreign_transfers {
        "01" "order by you" "03" "standing order" "05" "wages" "07" "collective order" "13" "from your own account"
        "17" "financial centralisation" "37" "costs of outgoing transfers" "38" "costs of incoming transfers"
        "50" "in your favour" "64" "to your own account" "66" "financial centralisation"
    }
    of_foreign_cheques {
        "01" "payment" "07" "unpaid" "15" "purchase" "52" "credit under reserve" "58" "credit after collection"
        "62" "reversal"
    }
    of_foreign_paper {
        "01" "payment" "05" "claimed back" "06" "extension of the maturity" "07" "unpaid" "11" "documents payable"
        "13" "discount abroad" "14" "costs of protest" "50" "credit after collection" "52" "credit under reserve"
        "54" "discount" "56" "supplier's bill with guarantee" "58" "supplier's bill without guarantee"
        "60" "discount abroad" "62" "documents after collection" "64" "discount of documents"
    }
    of_fees {
        "02" "electronic output" "04" "documentary credit" "06" "damage" "07" "insurance" "08" "savings" "09" "postage"
        "10" "smart card" "11" "mail kept by the bank" "12" "guarantee" "13" "safe" "14" "instalment loan"
        "15" "night safe" "16" "confirmation for an audit" "17" "custody" "18" "trade information" "19" "fees"
        "20" "certificate" "21" "pay packets" "22" "management" "23" "research" "24" "fees" "25" "fees"
        "26" "travel insurance" "27" "subscription" "29" "information" "31" "writ" "33" "miscellaneous" "35" "fees"
        "37" "access to a database" "39" "surety" "41" "fees" "43" "forms" "45" "documentary credit" "47" "fees"
    }
    category_name {
        "000" "net amount" "001" "interest received" "002" "interest paid" "003" "credit commission" "004" "postage"
        "005" "letter box" "006" "fees" "007" "access to a database" "008" "information" "009" "travel expenses"
        "010" "writ" "011" "VAT" "012" "exchange commission" "013" "payment commission"
        "014" "collection commission" "015" "correspondent's charges" "016" "negative interest" "017" "research"
        "019" "physical delivery" "020" "physical delivery" "021" "bank cheque" "022" "priority"
        "023" "exercise" "024" "growth premium" "026" "handling" "027" "unpaid bills" "028" "fidelity premium"
        "029" "protest" "030" "account insurance" "031" "foreign cheque" "032" "circular cheque"
        "033" "foreign bill" "034" "reinvestment" "036" "refused cheque" "039" "telecommunication"
        "041" "credit card costs" "042" "payment card costs" "043" "insurance" "045" "handling" "049" "stamp duty"
        "050" "capital" "051" "withholding tax" "052" "tax of the state of residence" "053" "forms"
        "055" "loan repayment" "057" "subsidy" "059" "default interest" "063" "rounding"
        "066" "fixed advance" "067" "fixed advance" "068" "countervalue of an entry" "069" "forward currency"
        "070" "forward currency" "071" "fixed advance" "073" "withdrawal abroad" "074" "mailing"
        "100" "gross amount" "426" "Belgian broker's fee" "427" "stock exchange tax" "436" "supplementary tax"
        "437" "speculation tax" "438" "tax on securities accounts"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_in_words() {
        assert_eq!(digits(*b"00150000"), "0-01-50-000");
        let of = |code| describe(code).unwrap();
        assert_eq!(of("0-01-50-000"), "SEPA credit transfer: in your favour (net amount)");
        assert_eq!(
            of("8-41-37-011"),
            "Transfer outside SEPA: costs of outgoing transfers (VAT), detail of an amount"
        );
        assert_eq!(of("0-13-41-000"), "Credit: debit of the bank's own kind (net amount)");
        assert_eq!(of("0-66-01-777"), "family 66: transaction 01 (category 777)");
        assert_eq!(describe("PMNT-RCDT-ESCT"), None);
        assert_eq!(describe("0-01-50"), None);
    }

    #[test]
    fn unknown_codes_and_special_lines() {
        assert!(is_known(*b"00199000"));
        assert!(!is_known(*b"00120000"));
        assert!(!is_known(*b"06601000"));
        assert_eq!(kind(*b"08002000"), Some(Kind::Charges));
        assert_eq!(kind(*b"00137000"), Some(Kind::Charges));
        assert_eq!(kind(*b"08099000"), Some(Kind::Reversal));
        assert_eq!(kind(*b"00503000"), Some(Kind::Return));
        assert_eq!(kind(*b"00150000"), None);
    }
}

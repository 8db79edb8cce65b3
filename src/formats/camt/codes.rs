//! Codes of ISO 20022 in words: bank transaction codes (`BkTxCd`) and reasons of returns (`RtrInf/Rsn`).
//!
//! The lists are external code sets of ISO 20022 and grow; a code that is not here is shown as it is.

use crate::domain::Text;

/// `PMNT-RCDT-ESCT` in words: `Payments: credit transfer received, SEPA`. None where the domain is not known,
/// as with a bank's own code.
pub(super) fn describe(bank_code: &str) -> Option<String> {
    let mut parts = bank_code.splitn(3, '-');
    let domain = word(DOMAINS, parts.next()?)?;
    let mut words = String::from(domain);
    for (index, (list, code)) in [FAMILIES, SUB_FAMILIES].into_iter().zip(parts).enumerate() {
        if matches!(code, "NTAV" | "OTHR") {
            continue;
        }
        words.push_str(if index == 0 { ": " } else { ", " });
        words.push_str(word(list, code).unwrap_or(code));
    }
    Some(words)
}

/// A reason of a return: `AC04, account closed`.
pub(super) fn reason(code: &str) -> Text {
    match word(REASONS, code) {
        Some(words) => compact_str::format_compact!("{code}, {words}"),
        None => Text::from(code),
    }
}

/// Whether the sub-family says that a payment came back.
pub(super) fn came_back(bank_code: &str) -> bool {
    matches!(sub_family(bank_code), "RRTN" | "RPCR" | "UPDD" | "PRDD" | "UPCQ" | "UPCT" | "ARET")
}

/// Whether the sub-family says that the bank charges for itself.
pub(super) fn is_charge(bank_code: &str) -> bool {
    matches!(sub_family(bank_code), "CHRG" | "COMM" | "FEES" | "COMT" | "COME" | "COMI")
}

/// The third member; all three of a code of ISO 20022 have four letters.
fn sub_family(bank_code: &str) -> &str {
    bank_code.get(10..).filter(|_| bank_code.as_bytes().get(9) == Some(&b'-')).unwrap_or_default()
}

fn word(list: &[(&'static str, &'static str)], code: &str) -> Option<&'static str> {
    list.iter().find(|(known, _)| *known == code).map(|(_, words)| *words)
}

const DOMAINS: &[(&str, &str)] = &[
    ("PMNT", "Payments"),
    ("ACMT", "Account management"),
    ("CAMT", "Cash management"),
    ("DERV", "Derivatives"),
    ("FORX", "Foreign exchange"),
    ("LDAS", "Loans, deposits and syndications"),
    ("PMET", "Precious metal"),
    ("CMDT", "Commodities"),
    ("SECU", "Securities"),
    ("TRAD", "Trade services"),
    ("XTND", "Extended domain"),
];

const FAMILIES: &[(&str, &str)] = &[
    ("RCDT", "credit transfer received"),
    ("ICDT", "credit transfer issued"),
    ("RRCT", "instant credit transfer received"),
    ("IRCT", "instant credit transfer issued"),
    ("RDDT", "direct debit received"),
    ("IDDT", "direct debit issued"),
    ("CCRD", "customer card"),
    ("MCRD", "merchant card"),
    ("CNTR", "counter"),
    ("RCHQ", "cheque received"),
    ("ICHQ", "cheque issued"),
    ("RCCN", "cash concentration received"),
    ("ICCN", "cash concentration issued"),
    ("DRFT", "draft"),
    ("LBOX", "lockbox"),
    ("MCOP", "other credit"),
    ("MDOP", "other debit"),
    ("ACCB", "account balancing"),
    ("CAPL", "cash pooling"),
    ("FTDP", "fixed term deposit"),
    ("FTLN", "fixed term loan"),
    ("SPOT", "spot"),
    ("FWRD", "forward"),
];

const SUB_FAMILIES: &[(&str, &str)] = &[
    ("ESCT", "SEPA"),
    ("XBCT", "cross-border"),
    ("DMCT", "domestic"),
    ("SALA", "salary"),
    ("STDO", "standing order"),
    ("BOOK", "internal"),
    ("AUTT", "automatic"),
    ("ATXN", "batch"),
    ("VCOM", "with payment reference"),
    ("XBST", "cross-border standing order"),
    ("SDVA", "same-day value"),
    ("PRCT", "priority"),
    ("TTLS", "treasury tax and loan"),
    ("ESDD", "SEPA core"),
    ("BBDD", "SEPA business to business"),
    ("PMDD", "direct debit"),
    ("UPDD", "unpaid"),
    ("PRDD", "reversed"),
    ("FIDD", "bank-initiated"),
    ("RRTN", "returned"),
    ("RPCR", "reversed by the payer's bank"),
    ("ARET", "returned by the clearing"),
    ("UPCQ", "unpaid cheque"),
    ("UPCT", "unpaid cheque with fees"),
    ("CDPT", "cash deposit"),
    ("CWDL", "cash withdrawal"),
    ("XBCW", "cash withdrawal abroad"),
    ("POSD", "card payment"),
    ("POSP", "card payment"),
    ("POSC", "credit card payment"),
    ("XBCP", "card payment abroad"),
    ("SMRT", "smart card"),
    ("CCHQ", "cheque"),
    ("CHKD", "cheque deposit"),
    ("CHRG", "charges"),
    ("COMM", "commission"),
    ("COMT", "commission"),
    ("FEES", "fees"),
    ("INTR", "interest"),
    ("TAXE", "taxes"),
    ("ADJT", "adjustment"),
    ("CAJT", "adjustment"),
    ("DAJT", "adjustment"),
    ("RIMB", "reimbursement"),
    ("XCHN", "cash exchange"),
    ("ZABA", "zero balancing"),
    ("SWEP", "sweep"),
    ("TOPG", "topping"),
];

const REASONS: &[(&str, &str)] = &[
    ("AC01", "wrong account number"),
    ("AC03", "wrong account number of the creditor"),
    ("AC04", "account closed"),
    ("AC06", "account blocked"),
    ("AC13", "the debtor's account is a consumer's"),
    ("AG01", "transactions not allowed on this account"),
    ("AG02", "wrong operation code"),
    ("AM02", "amount not allowed"),
    ("AM03", "currency not allowed"),
    ("AM04", "insufficient funds"),
    ("AM05", "duplicate"),
    ("AM09", "wrong amount"),
    ("ARDT", "already returned"),
    ("BE04", "creditor's address missing"),
    ("BE05", "creditor not recognised"),
    ("BE06", "customer not known"),
    ("BE07", "debtor's address missing"),
    ("CNOR", "the creditor's bank is not registered"),
    ("CURR", "wrong currency"),
    ("CUST", "asked for by the customer"),
    ("DNOR", "the debtor's bank is not registered"),
    ("DUPL", "duplicate payment"),
    ("ED05", "settlement failed"),
    ("FF05", "wrong direct debit type"),
    ("FOCR", "recalled"),
    ("FRAD", "fraud"),
    ("MD01", "no mandate"),
    ("MD02", "mandate data missing or wrong"),
    ("MD06", "refund asked for by the debtor"),
    ("MD07", "the customer has died"),
    ("MS02", "refused by the customer, no reason given"),
    ("MS03", "refused by the bank, no reason given"),
    ("NARR", "see the text"),
    ("NOAS", "no answer from the customer"),
    ("RC01", "wrong bank code"),
    ("RR01", "regulation: debtor's account or identification missing"),
    ("RR02", "regulation: debtor's name or address missing"),
    ("RR03", "regulation: creditor's name or address missing"),
    ("RR04", "regulation"),
    ("SL01", "stopped by a service of the debtor's bank"),
    ("TECH", "technical problem"),
    ("TM01", "received after the cut-off time"),
    ("UPAY", "payment was not due"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_in_words() {
        let of = |code| describe(code);
        assert_eq!(of("PMNT-RCDT-ESCT").as_deref(), Some("Payments: credit transfer received, SEPA"));
        assert_eq!(of("PMNT-RCDT-ZZZZ").as_deref(), Some("Payments: credit transfer received, ZZZZ"));
        assert_eq!(of("PMNT-NTAV-NTAV").as_deref(), Some("Payments"));
        assert_eq!(of("NTRF+166+9310"), None);
        assert_eq!(reason("AC04"), "AC04, account closed");
        assert_eq!(reason("ZZ99"), "ZZ99");
    }
}

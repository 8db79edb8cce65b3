//! Codes of bookings in words: types of field 61 (SWIFT) and the German banks' GVC.
//!
//! Both lists are open; a code that is not here is shown as it is.

/// `NTRF-166` in words: the German code where there is one, else the type.
pub(super) fn describe(bank_code: &str) -> Option<String> {
    let (kind, code) = bank_code.split_once('-').unwrap_or((bank_code, ""));
    if let Some(words) = word(GVC, code) {
        return Some(words.to_owned());
    }
    // N: SWIFT transfer codes; F: first advice; S: a message of that number.
    let letters = kind.strip_prefix(['N', 'F'])?;
    word(TYPES, letters).map(str::to_owned)
}

/// Whether the type says that the bank charges for itself.
pub(super) fn is_charge(kind: &str, gvc: &str) -> bool {
    matches!(kind.strip_prefix(['N', 'F']), Some("CHG" | "COM"))
        || matches!(gvc, "804" | "807" | "808" | "809")
}

/// Whether the German code says that a payment came back.
pub(super) fn came_back(gvc: &str) -> bool {
    let codes =
        ["009", "010", "059", "108", "109", "110", "111", "159", "160", "181", "182", "183", "184", "193"];
    codes.contains(&gvc)
}

fn word(list: &[(&'static str, &'static str)], code: &str) -> Option<&'static str> {
    list.binary_search_by(|(known, _)| (*known).cmp(code))
        .ok()
        .and_then(|at| list.get(at))
        .map(|(_, words)| *words)
}

/// SWIFT, field 61, subfield 6; in the order of the alphabet.
const TYPES: &[(&str, &str)] = &[
    ("BNK", "Securities, bank fees"),
    ("BOE", "Bill of exchange"),
    ("BRF", "Brokerage fee"),
    ("CAR", "Securities, corporate action"),
    ("CAS", "Securities, cash in lieu"),
    ("CHG", "Charges and other expenses"),
    ("CHK", "Cheques"),
    ("CLR", "Cash letters, cheque remittance"),
    ("CMI", "Cash management, no detail"),
    ("CMN", "Cash management, notional pooling"),
    ("CMP", "Compensation claims"),
    ("CMS", "Cash management, sweeping"),
    ("CMT", "Cash management, topping"),
    ("CMZ", "Cash management, zero balancing"),
    ("COL", "Collections"),
    ("COM", "Commission"),
    ("CPN", "Securities, coupon payment"),
    ("DCR", "Documentary credit"),
    ("DDT", "Direct debit"),
    ("DIS", "Securities, gains disbursement"),
    ("DIV", "Securities, dividends"),
    ("EQA", "Equivalent amount"),
    ("EXT", "Securities, external transfer"),
    ("FEX", "Foreign exchange"),
    ("INT", "Interest"),
    ("LBX", "Lock box"),
    ("LDP", "Loan deposit"),
    ("MAR", "Securities, margin"),
    ("MAT", "Securities, maturity"),
    ("MGT", "Securities, management fees"),
    ("MSC", "Miscellaneous"),
    ("NWI", "Securities, new issue"),
    ("ODC", "Overdraft charge"),
    ("OPT", "Securities, options"),
    ("PCH", "Securities, purchase"),
    ("POP", "Securities, pair-off proceeds"),
    ("PRN", "Securities, principal pay-down"),
    ("REC", "Securities, tax reclaim"),
    ("RED", "Securities, redemption"),
    ("RIG", "Securities, rights"),
    ("RTI", "Returned item"),
    ("SAL", "Securities, sale"),
    ("SEC", "Securities"),
    ("SLE", "Securities, lending"),
    ("STO", "Standing order"),
    ("STP", "Securities, stamp duty"),
    ("SUB", "Securities, subscription"),
    ("SWP", "Securities, swap payment"),
    ("TAX", "Securities, withholding tax"),
    ("TCK", "Travellers' cheques"),
    ("TCM", "Securities, tripartite collateral"),
    ("TRA", "Securities, internal transfer"),
    ("TRF", "Transfer"),
    ("TRN", "Securities, transaction fee"),
    ("UWC", "Securities, underwriting commission"),
    ("VDA", "Value date adjustment"),
    ("WAR", "Securities, warrant"),
];

/// Geschäftsvorfallcodes of the German banks (DFÜ-Abkommen, annex 3); in the order of their numbers.
const GVC: &[(&str, &str)] = &[
    ("001", "Bearer cheque"),
    ("002", "Order cheque"),
    ("004", "Direct debit, by order"),
    ("005", "Direct debit, by authorisation"),
    ("006", "Other collections"),
    ("008", "Standing order, debit"),
    ("009", "Direct debit returned"),
    ("010", "Cheque returned"),
    ("020", "Credit transfer issued"),
    ("051", "Credit transfer received"),
    ("052", "Standing order received"),
    ("053", "Salary received"),
    ("059", "Credit transfer returned"),
    ("070", "Cheques, credit"),
    ("071", "Direct debits, credit"),
    ("079", "Collective credit"),
    ("082", "Cash deposit"),
    ("083", "Cash withdrawal"),
    ("104", "SEPA direct debit B2B, debit"),
    ("105", "SEPA direct debit, debit"),
    ("106", "SEPA card payment, debit"),
    ("107", "SEPA direct debit by card, debit"),
    ("108", "SEPA direct debit B2B, returned"),
    ("109", "SEPA direct debit, returned"),
    ("110", "SEPA direct debit by card, returned"),
    ("111", "SEPA cheque returned"),
    ("112", "SEPA order for payment of settlement"),
    ("116", "SEPA credit transfer issued"),
    ("117", "SEPA standing order, debit"),
    ("118", "SEPA instant credit transfer issued"),
    ("119", "SEPA donation issued"),
    ("122", "Cheque in euro"),
    ("152", "SEPA standing order received"),
    ("153", "SEPA salary received"),
    ("154", "SEPA capital-forming payment received"),
    ("155", "SEPA retirement payment received"),
    ("156", "SEPA public payment received"),
    ("157", "SEPA instant salary received"),
    ("159", "SEPA credit transfer returned"),
    ("160", "SEPA instant credit transfer returned"),
    ("166", "SEPA credit transfer received"),
    ("167", "SEPA credit transfer with reference received"),
    ("168", "SEPA instant credit transfer received"),
    ("169", "SEPA donation received"),
    ("171", "SEPA direct debit, credit"),
    ("174", "SEPA direct debit B2B, credit"),
    ("177", "SEPA credit transfer issued online"),
    ("181", "SEPA direct debit, re-credited"),
    ("182", "SEPA direct debit by card, re-credited"),
    ("183", "SEPA cheque, re-credited"),
    ("184", "SEPA direct debit B2B, re-credited"),
    ("185", "SEPA cheques, collective debit"),
    ("190", "SEPA card payments, collective debit"),
    ("191", "SEPA credit transfers, collective debit"),
    ("192", "SEPA direct debits, collective credit"),
    ("193", "SEPA direct debits, collective reversal"),
    ("194", "SEPA credit transfers, collective credit"),
    ("195", "SEPA direct debits, collective debit"),
    ("196", "SEPA direct debits B2B, collective credit"),
    ("197", "SEPA direct debits B2B, collective debit"),
    ("198", "SEPA card payments, collective credit"),
    ("199", "SEPA card payments, collective reversal"),
    ("201", "Payment order abroad"),
    ("202", "Payment from abroad"),
    ("203", "Collection abroad"),
    ("204", "Letter of credit"),
    ("206", "Foreign credit transfer"),
    ("207", "Foreign payment received"),
    ("210", "Foreign cheque"),
    ("212", "Bill abroad"),
    ("411", "Foreign exchange, spot purchase"),
    ("412", "Foreign exchange, spot sale"),
    ("801", "Cheque card"),
    ("802", "Cheque book"),
    ("803", "Safe custody"),
    ("804", "Standing order fee"),
    ("805", "Closing of account"),
    ("806", "Postage and expenses"),
    ("807", "Fees and expenses"),
    ("808", "Charges"),
    ("809", "Commission"),
    ("810", "Reminder fees"),
    ("811", "Credit costs"),
    ("812", "Deferment interest"),
    ("813", "Discount"),
    ("814", "Interest"),
    ("815", "Capitalised interest"),
    ("816", "Change of interest"),
    ("817", "Correction of interest"),
    ("818", "Debit"),
    ("819", "Remuneration"),
    ("820", "Transfer between own accounts"),
    ("821", "Telephone"),
    ("822", "Payment plan"),
    ("823", "Term deposit"),
    ("824", "Loan"),
    ("825", "Savings account"),
    ("826", "Yield"),
    ("827", "Cheque, final payment"),
    ("828", "Payment on behalf of a third party"),
    ("829", "Savings plan"),
    ("830", "Bonus"),
    ("831", "Old account balance"),
    ("832", "Insurance premium"),
    ("833", "Cash concentration"),
    ("834", "Cash concentration, effective"),
    ("835", "Other booking"),
    ("836", "Claim of a complaint"),
    ("837", "Value-added tax"),
    ("888", "Conversion to the euro"),
    ("899", "Cancellation"),
    ("997", "Account information"),
    ("999", "Unstructured information"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_in_order_and_found() {
        for list in [TYPES, GVC] {
            assert!(list.windows(2).all(|pair| pair[0].0 < pair[1].0));
        }
        assert_eq!(describe("NTRF-166").as_deref(), Some("SEPA credit transfer received"));
        assert_eq!(describe("NTRF").as_deref(), Some("Transfer"));
        assert_eq!(describe("NTRF-00100").as_deref(), Some("Transfer"));
        assert_eq!(describe("N654"), None);
        assert_eq!(describe("S051"), None);
    }
}

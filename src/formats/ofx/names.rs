//! Names of elements: one number for each that the reader knows.
//!
//! Names come in either case. Up to eight letters are packed into one number, so that telling the usual ones apart
//! is a comparison of integers.

/// An element by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Element {
    // The frame.
    Ofx,
    /// A set of messages; what kind, and whether it asks or answers.
    Section(Section),
    /// `STMTTRNRS`, `CCSTMTTRNRS`: the answer that a statement is in.
    StatementAnswer,
    /// Another answer (`…TRNRS`), of which there is no statement.
    OtherAnswer(Other),
    /// `STMTRS`, `CCSTMTRS`.
    Statement,
    // Its parts.
    Account,
    List,
    PendingList,
    Transaction,
    PendingTransaction,
    Payee,
    AccountTo,
    Currency,
    OriginalCurrency,
    Ledger,
    /// Balances and remarks that are not read.
    Aside,
    // Values.
    Code,
    Severity,
    Message,
    Organisation,
    DefaultCurrency,
    BankId,
    BranchId,
    AccountId,
    AccountKey,
    Start,
    End,
    Type,
    Posted,
    User,
    Available,
    Amount,
    FitId,
    CorrectFitId,
    CorrectAction,
    CheckNumber,
    ReferenceNumber,
    Name,
    ExtendedName,
    Memo,
    Rate,
    Symbol,
    BalanceAmount,
    AsOf,
    /// A value that is not read.
    Value,
    /// Anything else.
    Unknown,
}

/// A set of messages (`…MSGSRSV1`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Section {
    SignOn,
    /// Bank accounts or cards.
    Statements,
    /// Anything else.
    Other(Other),
    /// Any set of requests.
    Request,
}

/// What holds no statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Other {
    Investments,
    Securities,
    Loans,
    Bills,
    Accounts,
    Profile,
    Transfers,
    Tax,
    Any,
}

impl Other {
    /// In the plural.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Investments => "investment statements",
            Self::Securities => "lists of securities",
            Self::Loans => "loan statements",
            Self::Bills => "bills and payments",
            Self::Accounts => "lists of accounts",
            Self::Profile => "profiles of the bank",
            Self::Transfers => "orders for transfers",
            Self::Tax => "tax forms",
            Self::Any => "other answers",
        }
    }
}

/// Name in one number, the same in either case: the letters themselves up to eight, a digest of them beyond.
pub(super) fn key(name: &[u8]) -> u64 {
    if name.len() <= 8 {
        return name.iter().fold(0, |packed, byte| packed << 8 | u64::from(byte.to_ascii_uppercase()));
    }
    // FNV-1a; the highest bit tells it from letters.
    let digest = name.iter().fold(0xcbf2_9ce4_8422_2325_u64, |digest, byte| {
        (digest ^ u64::from(byte.to_ascii_uppercase())).wrapping_mul(0x0100_0000_01b3)
    });
    digest | 1 << 63
}

const fn pack(name: &[u8]) -> u64 {
    let (mut packed, mut rest) = (0, name);
    while let [byte, tail @ ..] = rest {
        packed = packed << 8 | *byte as u64;
        rest = tail;
    }
    packed
}

macro_rules! short_names {
    ($($name:literal $element:ident)*) => {
        fn short(key: u64) -> Element {
            $(if key == const { pack($name) } { return Element::$element; })*
            Element::Unknown
        }
    };
}

short_names! {
    b"STMTTRN" Transaction b"TRNTYPE" Type b"DTPOSTED" Posted b"TRNAMT" Amount b"FITID" FitId b"NAME" Name
    b"MEMO" Memo b"CHECKNUM" CheckNumber b"REFNUM" ReferenceNumber b"DTUSER" User b"DTAVAIL" Available
    b"EXTDNAME" ExtendedName b"PAYEE" Payee b"CURRENCY" Currency b"CURRATE" Rate b"CURSYM" Symbol
    b"OFX" Ofx b"STMTRS" Statement b"CCSTMTRS" Statement b"CURDEF" DefaultCurrency b"BANKID" BankId
    b"BRANCHID" BranchId b"ACCTID" AccountId b"ACCTKEY" AccountKey b"DTSTART" Start b"DTEND" End
    b"CCACCTTO" AccountTo b"STMTTRNP" PendingTransaction b"BALAMT" BalanceAmount b"DTASOF" AsOf
    b"AVAILBAL" Aside b"BALLIST" Aside b"BAL" Aside b"CODE" Code b"SEVERITY" Severity b"MESSAGE" Message
    b"ORG" Organisation
    b"STATUS" Value b"SONRS" Value b"FI" Value b"FID" Value b"LANGUAGE" Value b"DTSERVER" Value b"TRNUID" Value
    b"ACCTTYPE" Value b"SIC" Value b"SRVRTID" Value b"PAYEEID" Value b"ADDR1" Value b"ADDR2" Value b"ADDR3" Value
    b"CITY" Value b"STATE" Value b"COUNTRY" Value b"PHONE" Value b"DESC" Value b"BALTYPE" Value b"VALUE" Value
    b"MKTGINFO" Value b"INTU.BID" Value b"INTU.ORG" Value
}

/// The element of that name.
pub(super) fn element(name: &[u8]) -> Element {
    if name.len() <= 8 { short(key(name)) } else { long(name) }
}

fn long(name: &[u8]) -> Element {
    const NAMES: &[(&[u8], Element)] = &[
        (b"STMTTRNRS", Element::StatementAnswer),
        (b"CCSTMTTRNRS", Element::StatementAnswer),
        (b"BANKTRANLIST", Element::List),
        (b"BANKACCTFROM", Element::Account),
        (b"CCACCTFROM", Element::Account),
        (b"BANKACCTTO", Element::AccountTo),
        (b"LEDGERBAL", Element::Ledger),
        (b"ORIGCURRENCY", Element::OriginalCurrency),
        (b"BANKTRANLISTP", Element::PendingList),
        (b"CORRECTFITID", Element::CorrectFitId),
        (b"CORRECTACTION", Element::CorrectAction),
        (b"POSTALCODE", Element::Value),
        (b"INTU.USERID", Element::Value),
    ];
    let upper = |suffix: &[u8]| {
        let tail = name.len().checked_sub(suffix.len()).and_then(|start| name.get(start..));
        tail.is_some_and(|tail| tail.eq_ignore_ascii_case(suffix))
    };
    if let Some((_, element)) = NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
        return *element;
    }
    if let Some((before, [b'1'..=b'9'])) = name.split_last_chunk::<1>() {
        let set = |suffix: &[u8]| {
            let (start, end) = before.split_at_checked(before.len().saturating_sub(suffix.len()))?;
            end.eq_ignore_ascii_case(suffix).then_some(start)
        };
        if let Some(kind) = set(b"MSGSRSV") {
            return Element::Section(section(kind));
        }
        if set(b"MSGSRQV").is_some() {
            return Element::Section(Section::Request);
        }
    }
    if upper(b"TRNRS") {
        let starts =
            |prefix: &[u8]| name.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix));
        let of: &[(&[u8], Other)] = &[
            (b"INV", Other::Investments),
            (b"INTRA", Other::Transfers),
            (b"RECINTRA", Other::Transfers),
            (b"INTER", Other::Transfers),
            (b"LOAN", Other::Loans),
            (b"AMRT", Other::Loans),
            (b"ACCTINFO", Other::Accounts),
            (b"PROF", Other::Profile),
        ];
        let found = of.iter().find(|(prefix, _)| starts(prefix));
        return Element::OtherAnswer(found.map_or(Other::Any, |(_, other)| *other));
    }
    Element::Unknown
}

fn section(kind: &[u8]) -> Section {
    const KINDS: &[(&[u8], Section)] = &[
        (b"SIGNON", Section::SignOn),
        (b"BANK", Section::Statements),
        (b"CREDITCARD", Section::Statements),
        (b"INVSTMT", Section::Other(Other::Investments)),
        (b"SECLIST", Section::Other(Other::Securities)),
        (b"LOAN", Section::Other(Other::Loans)),
        (b"BILLPAY", Section::Other(Other::Bills)),
        (b"PRESDLV", Section::Other(Other::Bills)),
        (b"PRESDIR", Section::Other(Other::Bills)),
        (b"SIGNUP", Section::Other(Other::Accounts)),
        (b"PROF", Section::Other(Other::Profile)),
        (b"INTERXFER", Section::Other(Other::Transfers)),
        (b"WIREXFER", Section::Other(Other::Transfers)),
    ];
    let known = KINDS.iter().find(|(name, _)| name.eq_ignore_ascii_case(kind));
    let tax = || kind.get(..3).is_some_and(|head| head.eq_ignore_ascii_case(b"TAX"));
    known.map_or_else(|| Section::Other(if tax() { Other::Tax } else { Other::Any }), |(_, section)| *section)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_in_either_case() {
        for (name, expected) in [
            ("STMTTRN", Element::Transaction),
            ("stmttrn", Element::Transaction),
            ("BankTranList", Element::List),
            ("BANKMSGSRSV1", Element::Section(Section::Statements)),
            ("BANKMSGSRSV2", Element::Section(Section::Statements)),
            ("BANKMSGSRQV1", Element::Section(Section::Request)),
            ("INVSTMTMSGSRSV1", Element::Section(Section::Other(Other::Investments))),
            ("TAX1099MSGSRSV1", Element::Section(Section::Other(Other::Tax))),
            ("INTRATRNRS", Element::OtherAnswer(Other::Transfers)),
            ("INVSTMTTRNRS", Element::OtherAnswer(Other::Investments)),
            ("NAMES", Element::Unknown),
            ("INTU.BID", Element::Value),
            ("LONG.UNKNOWN.NAME", Element::Unknown),
        ] {
            assert_eq!(element(name.as_bytes()), expected, "{name}");
        }
        assert_eq!(key(b"Memo"), key(b"MEMO"));
        assert_eq!(key(b"Long.Unknown.Name"), key(b"LONG.UNKNOWN.NAME"));
        assert_ne!(key(b"LONG.UNKNOWN.NAME"), key(b"LONG.UNKNOWN.NAMF"));
    }
}

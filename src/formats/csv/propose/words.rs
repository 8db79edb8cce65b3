//! What banks call their columns, in Dutch, French, German, English, Italian and Spanish.
//!
//! Only for proposals, which a person confirms: a name decides together with what the cells hold.

use crate::formats::csv::preset::Role;

/// Words by role, folded; a name that is one of them says more than one that holds one.
const WORDS: &[(Role, &[&str])] = &[
    (
        Role::Booked,
        &[
            "boekingsdatum",
            "boekdatum",
            "boekdag",
            "boekingsdag",
            "transactiedatum",
            "uitvoeringsdatum",
            "datum",
            "date de comptabilisation",
            "date comptable",
            "date d'execution",
            "date operation",
            "date d'operation",
            "date de l'operation",
            "dateop",
            "date",
            "buchungstag",
            "buchungsdatum",
            "booking date",
            "posting date",
            "posted date",
            "transaction date",
            "completed date",
            "date completed (utc)",
            "data contabile",
            "data operazione",
            "data",
            "fecha",
            "fecha operacion",
        ],
    ),
    (
        Role::Value,
        &[
            "valutadatum",
            "valutadag",
            "rentedag",
            "rentedatum",
            "valuta",
            "date valeur",
            "date de valeur",
            "dateval",
            "wertstellung",
            "value date",
            "interest date",
            "data valuta",
            "fecha valor",
        ],
    ),
    (
        Role::Amount,
        &[
            "bedrag",
            "montant",
            "betrag",
            "amount",
            "importo",
            "importe",
            "umsatz",
            "net",
            "value",
            "montant de l'operation",
        ],
    ),
    (
        Role::Debit,
        &[
            "debet",
            "debit",
            "af",
            "belastung",
            "soll",
            "money out",
            "paid out",
            "withdrawal",
            "withdrawals",
            "dare",
            "lastschrift",
            "uitgaven",
            "addebiti",
            "cargo",
            "debit amount",
            "withdrawal amount",
            "outflow",
        ],
    ),
    (
        Role::Credit,
        &[
            "credit",
            "bij",
            "gutschrift",
            "haben",
            "money in",
            "paid in",
            "deposit",
            "deposits",
            "avere",
            "krediet",
            "inkomsten",
            "accrediti",
            "abono",
            "credit amount",
            "deposit amount",
            "inflow",
        ],
    ),
    (
        Role::Direction,
        &[
            "af bij",
            "debit/credit",
            "debet/credit",
            "creditdebet",
            "credit/debit",
            "d/c",
            "bij/af",
            "dc",
            "sens",
            "soll/haben",
            "s/h",
            "credit debit indicator",
            "af/bij",
            "transaction type",
        ],
    ),
    (Role::Fee, &["fee", "kosten", "frais", "gebuhr", "fees"]),
    (
        Role::Balance,
        &[
            "saldo",
            "solde",
            "balance",
            "kontostand",
            "saldo na mutatie",
            "saldo na trn",
            "running balance",
            "resulting balance",
            "saldo nach buchung",
            "account balance",
        ],
    ),
    (
        Role::Currency,
        &[
            "munt",
            "valutacode",
            "devies",
            "devise",
            "wahrung",
            "waehrung",
            "currency",
            "munteenheid",
            "divisa",
        ],
    ),
    (
        Role::Account,
        &[
            "rekening",
            "rekeningnummer",
            "iban",
            "compte",
            "numero de compte",
            "konto",
            "account",
            "account number",
            "auftragskonto",
            "eigen rekening",
            "account id",
            "iban/bban",
            "conto",
            "kontonummer",
        ],
    ),
    (
        Role::CounterpartyAccount,
        &[
            "tegenrekening",
            "rekening tegenpartij",
            "tegenpartij rekening",
            "compte contrepartie",
            "compte de la contrepartie",
            "counterparty account",
            "counterparty iban",
            "gegenkonto",
            "partner iban",
            "iban zahlungsbeteiligter",
            "kontonummer/iban",
            "payee account number",
            "account number of counterparty",
            "counterparty's account number",
            "iban contrepartie",
            "to account",
            "rekeningnummer tegenpartij",
        ],
    ),
    (
        Role::CounterpartyName,
        &[
            "naam tegenpartij",
            "tegenpartij",
            "naam",
            "naam van de tegenpartij",
            "nom contrepartie",
            "contrepartie",
            "nom de la contrepartie",
            "name",
            "payee",
            "counterparty",
            "counterparty name",
            "merchant",
            "empfanger",
            "auftraggeber / begunstigter",
            "name zahlungsbeteiligter",
            "beneficiary",
            "partner name",
            "zahlungspflichtiger",
            "beneficiaire",
            "payee name",
            "begunstigter",
            "nom",
        ],
    ),
    (
        Role::CounterpartyBic,
        &["bic", "bic tegenpartij", "bic contrepartie", "bic (swift-code)", "counterparty bic", "swift"],
    ),
    (
        Role::Text,
        &[
            "omschrijving",
            "mededeling",
            "mededelingen",
            "vrije mededeling",
            "communication",
            "communications",
            "communication libre",
            "libelle",
            "libelles",
            "description",
            "details",
            "memo",
            "verwendungszweck",
            "buchungstext",
            "remittance information",
            "payment reference",
            "narrative",
            "particulars",
            "bericht",
            "message",
            "notifications",
            "descrizione",
            "causale",
            "concepto",
            "detail",
            "note",
            "transaction",
            "notes",
        ],
    ),
    (
        Role::Structured,
        &[
            "gestructureerde mededeling",
            "communication structuree",
            "standard-format reference",
            "betalingskenmerk",
        ],
    ),
    (
        Role::Reference,
        &[
            "referentie",
            "reference",
            "referenz",
            "transactiereferentie",
            "transaction id",
            "id",
            "transactienummer",
            "volgnr",
            "bank reference",
            "transaction reference",
            "numero de transaction",
            "omzetnummer",
        ],
    ),
    (
        Role::EndToEnd,
        &["end-to-end", "end to end", "kundenreferenz (end-to-end)", "endtoendid", "reference (end to end)"],
    ),
    (Role::Mandate, &["mandaat", "machtigingskenmerk", "mandatsreferenz", "mandate", "mandate reference"]),
    (
        Role::OriginalAmount,
        &[
            "oorspr bedrag",
            "original amount",
            "orig amount",
            "amount (foreign currency)",
            "montant d'origine",
        ],
    ),
    (Role::OriginalCurrency, &["oorspr munt", "original currency", "orig currency", "type foreign currency"]),
    (Role::Rate, &["koers", "exchange rate", "cours", "wechselkurs"]),
];

/// Words in a column that says the direction of money: (in, out).
pub(super) const DIRECTIONS: &[(&[&str], &[&str])] = &[
    (&["Bij"], &["Af"]),
    (&["C"], &["D"]),
    (&["Credit"], &["Debit"]),
    (&["Credit"], &["Debet"]),
    (&["CREDIT"], &["DEBIT"]),
    (&["Crédit"], &["Débit"]),
    (&["CRDT"], &["DBIT"]),
    (&["H"], &["S"]),
    (&["Haben"], &["Soll"]),
    (&["Gutschrift"], &["Belastung"]),
    (&["K"], &["D"]),
    (&["CR"], &["DR"]),
    (&["+"], &["-"]),
    (&["IN"], &["OUT"]),
];

/// How well a folded name says a role: 3 where it is one of its words, 2 where it begins with one (and a blank or
/// bracket follows), 1 where it holds one as a word, 0 otherwise.
pub(super) fn fitness(name: &str, role: Role) -> u8 {
    let Some((_, words)) = WORDS.iter().find(|(of, _)| *of == role) else { return 0 };
    let fit = |word: &&str| -> u8 {
        if name == *word {
            return 3;
        }
        let boundary = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
        for (at, _) in name.match_indices(word) {
            let before = name.get(..at).and_then(|text| text.chars().next_back());
            let after = name.get(at + word.len()..).and_then(|text| text.chars().next());
            if boundary(before) && boundary(after) && word.len() > 2 {
                return if at == 0 { 2 } else { 1 };
            }
        }
        0
    };
    words.iter().map(fit).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::csv::names::fold;

    #[test]
    fn words_are_folded_and_every_one_says_its_role() {
        for (role, words) in WORDS {
            for word in *words {
                assert_eq!(fold(word), **word);
                assert_eq!(fitness(word, *role), 3, "{word}");
            }
        }
    }

    #[test]
    fn a_name_says_more_or_less() {
        assert_eq!(fitness("bedrag (eur)", Role::Amount), 2);
        assert_eq!(fitness("total amount", Role::Amount), 1);
        assert_eq!(fitness("bedragen", Role::Amount), 0);
    }
}

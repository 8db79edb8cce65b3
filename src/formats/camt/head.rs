//! What stands in a `Stmt`, `Rpt` or `Ntfctn` besides its entries: account, id and numbers, days, balances, page, summary.

use super::balances::{self, Given, Stated};
use super::parties::{self, Own};
use super::tree::{Element, Name, route};
use super::values::{day, is_true};
use crate::domain::{Account, Balance, Currency, Date, Text, account};
use crate::errors::Result;

/// What stands in a statement besides its entries.
#[derive(Default)]
pub(super) struct Head {
    pub(super) account: Account,
    pub(super) id: Option<Text>,
    pub(super) sequence: Option<Text>,
    legal: Option<Text>,
    created: Option<Date>,
    ends: Option<Date>,
    pub(super) balances: Vec<Stated>,
    /// Codes of balances that are never used, each once.
    pub(super) other_balances: Vec<Text>,
    /// Whether a booked opening, an interim and a booked closing balance are among them, over all pages.
    pub(super) opens: bool,
    pub(super) pauses: bool,
    pub(super) closes: bool,
    /// Page and whether it is the last, where the statement says so.
    pub(super) page: Option<(Text, bool)>,
    pub(super) stated_entries: Option<usize>,
}

impl Head {
    /// Reads the elements of a statement.
    ///
    /// # Errors
    /// BB-3202 and BB-3203 for balances that cannot be read.
    pub(super) fn read(head: Element<'_>) -> Result<Self> {
        const BALANCE: Name = Name::of("Bal");
        let text = |path| head.value(path).map(Text::from);
        let mut read = Self {
            account: account_of(head),
            id: text(route!(Id)),
            sequence: text(route!(ElctrncSeqNb)),
            legal: text(route!(LglSeqNb)),
            created: head.value(route!(CreDtTm)).and_then(day),
            ends: head.value(route!(FrToDt ToDtTm)).or_else(|| head.value(route!(FrToDt ToDt))).and_then(day),
            balances: Vec::new(),
            other_balances: Vec::new(),
            opens: false,
            pauses: false,
            closes: false,
            page: None,
            stated_entries: head
                .value(route!(TxsSummry TtlNtries NbOfNtries))
                .and_then(|number| number.parse().ok()),
        };
        for element in head.children().filter(|child| child.is(BALANCE)) {
            match balances::read(element, read.account.currency)? {
                Given::Booked(stated) => read.balances.push(stated),
                Given::Other(code) if read.other_balances.contains(&code) => {}
                Given::Other(code) => read.other_balances.push(code),
            }
        }
        read.opens = balances::opens(&read.balances);
        read.pauses = balances::pauses(&read.balances);
        read.closes = balances::closes(&read.balances);
        let pages = [route!(StmtPgntn), route!(RptPgntn), route!(NtfctnPgntn)];
        if let Some(pages) = pages.into_iter().find_map(|path| head.get(path)) {
            let page = pages.value(route!(PgNb)).unwrap_or_default();
            read.page = Some((Text::from(page), is_true(pages.value(route!(LastPgInd)))));
        }
        Ok(read)
    }

    /// A day for what has none: that of the closing balance, else that on which the statement was made.
    pub(super) fn day(&self, currency: Option<Currency>) -> Option<Date> {
        let closing = currency.and_then(|currency| balances::of_statement(&self.balances, currency).1);
        closing.and_then(|closing| closing.balance.date).or(self.ends).or(self.created)
    }

    /// Currency of the account, else of its first balance.
    pub(super) fn currency(&self) -> Option<Currency> {
        self.account.currency.or_else(|| self.balances.first().map(|balance| balance.currency))
    }

    /// The number that a person would quote: the year and the number of the electronic series, else the legal
    /// number, else the id.
    pub(super) fn number(&self, closing: Option<&Balance>) -> Option<Text> {
        let year = closing
            .and_then(|balance| balance.date)
            .or(self.ends)
            .or(self.created)
            .map(jiff::civil::Date::year);
        let series = self.sequence.as_ref().map(|number| match year {
            // Some banks put the year into the number themselves.
            Some(year) if number.len() < 7 || !number.starts_with(year.to_string().as_str()) => {
                compact_str::format_compact!("{year}-{number}")
            }
            _ => number.clone(),
        });
        series.or_else(|| self.legal.clone()).or_else(|| self.id.clone())
    }
}

/// `Acct`.
pub(super) fn account_of(head: Element<'_>) -> Account {
    let mut read = Account::default();
    let Some(element) = head.get(route!(Acct)) else { return read };
    read.set_number(parties::written(element).unwrap_or_default());
    read.currency = element.value(route!(Ccy)).and_then(Currency::new);
    let owner = element.get(route!(Ownr)).and_then(parties::name);
    read.holder = owner.or_else(|| element.value(route!(Nm))).map(parties::collapsed);
    read.bic = element.get(route!(Svcr FinInstnId)).and_then(parties::bic).map(Text::from);
    read
}

/// The account's own side and the currency of amounts that name none, from what has been read so far.
pub(super) fn own_side(head: Element<'_>) -> (Own, Option<Currency>) {
    let known = account_of(head);
    let own =
        Own { account: account::compact(known.key()), holder: known.holder.clone().unwrap_or_default() };
    let balance = head.get(route!(Bal Amt)).and_then(Element::currency).and_then(Currency::new);
    (own, known.currency.or(balance))
}

//! Payments to fill a bank file with: invented, the same each time, and as varied as a company's are.

use jiff::Span;
use jiff::civil::{Date, date};

/// The account of every file: a Belgian IBAN of no real bank's customer.
pub const ACCOUNT: &str = "BE68539007547034";
/// Its holder.
pub const HOLDER: &str = "DRUKKERIJ VAN EYCKEN BV";
/// Its bank.
pub const BIC: &str = "GKCCBEBB";
/// The balance before the very first payment, in cents.
const OPENING: i64 = 125_000_000;

const FIRST_NAMES: [&str; 16] = [
    "Anke", "Bram", "Cédric", "Dorien", "Elias", "Femke", "Gilles", "Hanne", "Ilse", "Joris", "Katrien",
    "Lotte", "Mathéo", "Nele", "Pieter", "Sofie",
];
const FAMILY_NAMES: [&str; 16] = [
    "Baeckelmans",
    "Coolsaet",
    "De Ridder",
    "Everaert",
    "Fransen",
    "Goossens",
    "Hermans",
    "Iserentant",
    "Janssens",
    "Lambrechts",
    "Mertens",
    "Nijs",
    "Peeters",
    "Renard",
    "Segers",
    "Wouters",
];
const COMPANIES: [&str; 12] = [
    "Bakkerij",
    "Garage",
    "Boekhandel",
    "Drankenhandel",
    "Schrijnwerkerij",
    "Apotheek",
    "Tuincentrum",
    "Imprimerie",
    "Hotel",
    "Elektro",
    "Transport",
    "Brouwerij",
];
const FORMS: [&str; 4] = ["BV", "NV", "VOF", "SRL"];
const STREETS: [&str; 8] = [
    "Kerkstraat",
    "Stationsplein",
    "Molenweg",
    "Rue du Moulin",
    "Nieuwe Baan",
    "Schoolstraat",
    "Grand-Place",
    "Veldstraat",
];
const TOWNS: [&str; 8] = [
    "9000 Gent",
    "2000 Antwerpen",
    "3000 Leuven",
    "4000 Liège",
    "8500 Kortrijk",
    "1000 Brussel",
    "5000 Namur",
    "9300 Aalst",
];
/// Bank code of an IBAN and its BIC.
const BANKS: [(&str, &str); 6] = [
    ("001", "GEBABEBB"),
    ("310", "BBRUBEBB"),
    ("436", "KREDBEBB"),
    ("068", "GKCCBEBB"),
    ("979", "ARSPBE22"),
    ("103", "NICABEBB"),
];
const TEXTS: [&str; 8] = [
    "Factuur",
    "Abonnement drukwerk",
    "Voorschot offerte",
    "Levering papier",
    "Huur bedrijfspand",
    "Terugbetaling onkosten",
    "Visitekaartjes en enveloppen",
    "Acompte commande",
];

/// What a payment says beside its amount.
pub enum Communication {
    /// Belgian structured communication: twelve digits with check digits.
    Structured(String),
    /// Free text.
    Free(String),
}

/// One booked payment.
pub struct Payment {
    /// From 1.
    pub number: usize,
    /// Booking date.
    pub day: Date,
    /// Value date.
    pub value_day: Date,
    /// Signed amount in cents.
    pub cents: i64,
    /// The other side.
    pub name: String,
    /// Its street and number.
    pub street: String,
    /// Its town.
    pub town: &'static str,
    /// Its account.
    pub iban: String,
    /// Its bank.
    pub bic: &'static str,
    /// What for.
    pub communication: Communication,
    /// End-to-end reference.
    pub end_to_end: String,
    /// The bank's reference, 21 characters.
    pub reference: String,
}

/// A row of payments.
pub struct Payments {
    first: usize,
    count: usize,
    per_day: usize,
}

impl Payments {
    /// So many behind the first so many, so many of them on each day: two rows that follow each other are an account's.
    pub fn new(first: usize, count: usize, per_day: usize) -> Self {
        Self { first, count, per_day: per_day.max(1) }
    }

    /// How many.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Their sum in cents.
    pub fn sum(&self) -> i64 {
        self.indices().map(cents).sum()
    }

    /// The balance before the first, in cents.
    pub fn opening(&self) -> i64 {
        OPENING + (0..self.first).map(cents).sum::<i64>()
    }

    /// The number of the statement that holds them: that of its first payment's day.
    pub fn statement(&self) -> usize {
        self.first / self.per_day % 999 + 1
    }

    /// The day before the first and the day of the last.
    pub fn days(&self) -> (Date, Date) {
        let end = self.first + self.count;
        (self.day(self.first).saturating_sub(Span::new().days(1)), self.day(end.saturating_sub(1)))
    }

    /// One after the other.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Payment> + '_ {
        self.indices().map(|index| self.payment(index))
    }

    fn indices(&self) -> std::ops::Range<usize> {
        self.first..self.first + self.count
    }

    fn day(&self, index: usize) -> Date {
        let days = i64::try_from(index / self.per_day).unwrap_or_default();
        date(2026, 1, 5).saturating_add(Span::new().days(days))
    }

    fn payment(&self, index: usize) -> Payment {
        let mut dice = Dice::new(index, 2);
        let day = self.day(index);
        let name = if dice.of(3) == 0 {
            format!("{} {} {}", dice.pick(&COMPANIES), dice.pick(&FAMILY_NAMES), dice.pick(&FORMS))
        } else {
            format!("{} {}", dice.pick(&FIRST_NAMES), dice.pick(&FAMILY_NAMES))
        };
        let (bank, bic) = *dice.pick(&BANKS);
        let communication = if dice.of(2) == 0 {
            Communication::Structured(structured(dice.of(10_000_000_000)))
        } else {
            let (text, number, order) = (dice.pick(&TEXTS), dice.of(100_000), dice.of(10_000_000));
            Communication::Free(format!(
                "{text} 2026/{number:05} uw bestelling {order:07} klant {:06}",
                dice.of(1_000_000)
            ))
        };
        Payment {
            number: index + 1,
            day,
            value_day: if dice.of(8) == 0 { day.saturating_add(Span::new().days(1)) } else { day },
            cents: cents(index),
            name,
            street: format!("{} {}", dice.pick(&STREETS), 1 + dice.of(250)),
            town: dice.pick::<&str>(&TOWNS),
            iban: iban(bank, dice.of(10_000_000)),
            bic,
            communication,
            end_to_end: if dice.of(3) == 0 {
                "NOTPROVIDED".to_owned()
            } else {
                format!("E2E-{:016X}", dice.next())
            },
            reference: format!("{:08}{:013}", index + 1, dice.of(10_000_000_000_000)),
        }
    }
}

/// A third goes out; small amounts are many, large ones few; never nothing.
fn cents(index: usize) -> i64 {
    let mut dice = Dice::new(index, 1);
    let size = [5_000, 50_000, 250_000, 2_000_000]
        [usize::from(dice.of(8) > 3) + usize::from(dice.of(8) > 5) + usize::from(dice.of(40) == 0)];
    let amount = i64::try_from(1 + dice.of(size)).unwrap_or(1);
    if dice.of(3) == 0 { -amount } else { amount }
}

/// Ten digits with their check digits: the remainder by 97, where 0 is written 97.
fn structured(digits: u64) -> String {
    let check = match digits % 97 {
        0 => 97,
        rest => rest,
    };
    format!("{digits:010}{check:02}")
}

/// A Belgian IBAN with both its check digits: of the number itself, and of ISO 13616.
fn iban(bank: &str, account: u64) -> String {
    let number: u64 = format!("{bank}{account:07}").parse().unwrap_or_default();
    let bban = structured(number);
    // The country's letters are 11 and 14, behind the number.
    let rest =
        format!("{bban}111400").bytes().fold(0, |rest, digit| (rest * 10 + u64::from(digit - b'0')) % 97);
    format!("BE{:02}{bban}", 98 - rest)
}

/// Cents as a decimal text.
pub fn decimal(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", cents.abs() / 100, cents.abs() % 100)
}

/// Numbers without pattern, the same for the same payment (splitmix64).
struct Dice(u64);

impl Dice {
    fn new(index: usize, purpose: u64) -> Self {
        Self((index as u64).wrapping_mul(4).wrapping_add(purpose).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn of(&mut self, sides: u64) -> u64 {
        self.next() % sides
    }

    fn pick<'t, T>(&mut self, choices: &'t [T]) -> &'t T {
        let index = usize::try_from(self.of(choices.len() as u64)).unwrap_or_default();
        &choices[index]
    }
}

//! Faults that can be switched on: what a network and a provider do to a client on a bad day.

use std::fmt;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// The connection is cut before any answer.
    Reset,
    /// The work is done, then the connection is cut: the answer is lost.
    LostAnswer,
    /// The connection is cut in the middle of the body.
    ResetInBody,
    /// No answer for a minute.
    Stall,
    /// The body comes a byte at a time.
    Trickle,
    /// 500 with a JSON body.
    ServerError,
    /// 502 with an HTML page.
    BadGateway,
    /// 403 with the HTML page of a firewall.
    Firewall,
    /// 429 with `Retry-After: 1`.
    TooMany,
    /// 429 without it.
    TooManyUnsaid,
    /// 429 with `Retry-After: 3600`.
    TooManyLong,
    /// 200 with half of the JSON.
    Truncated,
    /// 200 with an HTML page.
    Html,
    /// 200 with JSON of another shape.
    OtherShape,
    /// 401 although the token is good.
    Unauthorised,
    /// The first page comes again and again.
    RepeatedPage,
    /// The next page is said to be on another server.
    ForeignLink,
}

/// All faults, for help and for tests that go through them.
pub const FAULTS: &[Fault] = &[
    Fault::Reset,
    Fault::LostAnswer,
    Fault::ResetInBody,
    Fault::Stall,
    Fault::Trickle,
    Fault::ServerError,
    Fault::BadGateway,
    Fault::Firewall,
    Fault::TooMany,
    Fault::TooManyUnsaid,
    Fault::TooManyLong,
    Fault::Truncated,
    Fault::Html,
    Fault::OtherShape,
    Fault::Unauthorised,
    Fault::RepeatedPage,
    Fault::ForeignLink,
];

/// Where it goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// Asking for a token.
    Token,
    /// Asking for accounts (Salt Edge: and for the connection and its consent).
    Accounts,
    /// Asking for transactions.
    Transactions,
    /// Sending the provider to the bank.
    Refresh,
    /// Linking a bank.
    Connect,
    /// Anything else.
    Other,
}

/// All places.
pub const PLACES: &[Place] =
    &[Place::Token, Place::Accounts, Place::Transactions, Place::Refresh, Place::Connect, Place::Other];

/// A fault that is switched on: `reset`, `stall@transactions`, `server-error@token*2`, `reset@transactions+1` (from the
/// second request on).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Planned {
    /// What.
    pub fault: Fault,
    /// Where; everywhere without.
    pub place: Option<Place>,
    /// Requests that go well before.
    pub skip: u32,
    /// How often; until it is switched off without.
    pub times: Option<u32>,
}

/// The faults that are switched on.
#[derive(Debug, Default)]
pub struct Faults(Mutex<Vec<Planned>>);

impl Faults {
    /// Switches one on.
    pub fn plan(&self, planned: Planned) {
        self.lock().push(planned);
    }

    /// Switches all off.
    pub fn clear(&self) {
        self.lock().clear();
    }

    /// Those that are on.
    #[must_use]
    pub fn planned(&self) -> Vec<Planned> {
        self.lock().clone()
    }

    /// The fault of a request to this place, if it has one; counts.
    pub fn take(&self, place: Place) -> Option<Fault> {
        let mut planned = self.lock();
        let hit = planned.iter().position(|one| one.place.is_none_or(|there| there == place))?;
        let one = planned.get_mut(hit)?;
        if one.skip > 0 {
            one.skip -= 1;
            return None;
        }
        let fault = one.fault;
        if let Some(times) = &mut one.times {
            *times -= 1;
            if *times == 0 {
                planned.remove(hit);
            }
        }
        Some(fault)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Planned>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Planned {
    /// A fault at a place, so many times.
    #[must_use]
    pub fn at(fault: Fault, place: Place, times: Option<u32>) -> Self {
        Self { fault, place: Some(place), skip: 0, times }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&name(self))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&name(self))
    }
}

/// As it is written on the command line.
impl fmt::Display for Planned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.fault)?;
        self.place.map_or(Ok(()), |place| write!(f, "@{place}"))?;
        if self.skip > 0 {
            write!(f, "+{}", self.skip)?;
        }
        self.times.map_or(Ok(()), |times| write!(f, "*{times}"))
    }
}

/// The name that serde gives it, so that there is one list of names.
fn name(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|json| json.as_str().map(str::to_owned)).unwrap_or_default()
}

impl FromStr for Planned {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (rest, times) = split_number(text, '*')?;
        let (rest, skip) = split_number(rest, '+')?;
        let (fault, place) = rest.split_once('@').map_or((rest, None), |(fault, place)| (fault, Some(place)));
        let names = |all: Vec<String>| all.join(", ");
        let fault = FAULTS.iter().find(|known| known.to_string() == fault).ok_or_else(|| {
            format!(
                "there is no fault {fault}; take one of {}",
                names(FAULTS.iter().map(Fault::to_string).collect())
            )
        })?;
        let place = place.map(|place| {
            PLACES.iter().find(|known| known.to_string() == place).copied().ok_or_else(|| {
                format!(
                    "there is no place {place}; take one of {}",
                    names(PLACES.iter().map(Place::to_string).collect())
                )
            })
        });
        Ok(Self {
            fault: *fault,
            place: place.transpose()?,
            skip: skip.unwrap_or(0),
            times: times.filter(|n| *n > 0),
        })
    }
}

fn split_number(text: &str, mark: char) -> Result<(&str, Option<u32>), String> {
    let Some((rest, number)) = text.rsplit_once(mark) else { return Ok((text, None)) };
    number
        .parse()
        .map(|number| (rest, Some(number)))
        .map_err(|_| format!("{number} behind {mark} is no number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_written_in_one_word() {
        let read = |text: &str| text.parse::<Planned>();
        let place = Some(Place::Transactions);
        assert_eq!(
            read("reset").unwrap(),
            Planned { fault: Fault::Reset, place: None, skip: 0, times: None }
        );
        assert_eq!(
            read("too-many@transactions+1*2").unwrap(),
            Planned { fault: Fault::TooMany, place, skip: 1, times: Some(2) }
        );
        for text in ["reset", "stall@token", "too-many@transactions+1*2", "html*3"] {
            assert_eq!(read(text).unwrap().to_string(), text);
        }
        for wrong in ["", "rest", "reset@there", "reset*x"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_fault_comes_as_often_as_planned() {
        let faults = Faults::default();
        faults.plan("reset@token+1*2".parse().unwrap());
        let taken: Vec<_> = (0..4).map(|_| faults.take(Place::Token)).collect();
        assert_eq!(taken, [None, Some(Fault::Reset), Some(Fault::Reset), None]);
        assert_eq!(faults.take(Place::Accounts), None);
    }
}

//! Sending Ponto to the bank because the user is there: one synchronisation an account, then questions how they stand.
//!
//! The bank is told the address of the user's own machine, as a sign that he is present; an address that cannot be his
//! is never sent. What goes wrong here is told and keeps nobody from reading what Ponto has.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Instant;

use super::super::{RemoteAccount, Session};
use super::Ponto;
use super::errors::{Asked, at_the_bank};
use super::wire::{AskBank, One, Sent, Synchronization};
use crate::errors::{Code, Error, Family, Result};

/// A synchronisation that is under way.
struct Running<'a> {
    id: String,
    account: &'a RemoteAccount,
}

/// Sends Ponto to the bank for these accounts and waits a while.
pub(super) async fn refresh(
    ponto: &Ponto,
    session: &mut Session<'_>,
    accounts: &[RemoteAccount],
) -> Result<Vec<Error>> {
    let Some(user) = session.user else { return Ok(Vec::new()) };
    let user = user.to_canonical();
    let title = ponto.mode.title();
    if !ponto.sandbox && !is_public(user) {
        return Ok(vec![Error::new(Code::USER_ADDRESS_UNKNOWN).arg("provider", title)]);
    }
    let mut findings = Vec::new();
    let mut running = Vec::new();
    // A retired connection is asked nothing more.
    let retired = |account: &&RemoteAccount| {
        account.problem.as_ref().is_some_and(|problem| problem.code() == Code::ACCOUNT_RETIRED)
    };
    for account in accounts.iter().filter(|account| !retired(account)) {
        let attributes = AskBank {
            resource_type: "account",
            resource_id: &account.id,
            subtype: "accountTransactions",
            customer_ip_address: user,
        };
        let body = Sent::body("synchronization", attributes);
        let made = ponto.post(session, "/synchronizations", body, Asked::Account(&account.id)).await;
        match made.and_then(|made: One<Synchronization>| state(ponto, account, made.data)) {
            Ok(Some(one)) => running.push(one),
            Ok(None) => {}
            Err(error) => findings.push(finding(error, account)?),
        }
    }
    let started = Instant::now();
    while !running.is_empty() {
        let left = ponto.timing.bank.saturating_sub(started.elapsed()).min(session.time_left());
        if left <= ponto.timing.poll {
            break;
        }
        tokio::time::sleep(ponto.timing.poll).await;
        let mut still = Vec::new();
        for Running { id, account } in running {
            let path = format!("/synchronizations/{}", ponto.segment(&id)?);
            let asked = ponto.get(session, &path, Asked::Account(&account.id)).await;
            match asked.and_then(|now: One<Synchronization>| state(ponto, account, now.data)) {
                Ok(Some(one)) => still.push(one),
                Ok(None) => {}
                Err(error) => findings.push(finding(error, account)?),
            }
        }
        running = still;
    }
    for Running { account, .. } in running {
        findings.push(finding(ponto.mode.error(Code::BANK_BUSY), account)?);
    }
    Ok(findings)
}

/// Whether a synchronisation goes on, is done, or went wrong.
fn state<'a>(ponto: &Ponto, account: &'a RemoteAccount, now: Synchronization) -> Result<Option<Running<'a>>> {
    if let Some(error) = at_the_bank(ponto.mode, &account.id, now.failures()) {
        return Err(error);
    }
    let unreadable = |reason: &str| ponto.mode.error(Code::PROVIDER_ANSWER_UNREADABLE).arg("reason", reason);
    match now.attributes.status.as_deref() {
        Some("success") => Ok(None),
        Some("error") => Err(ponto.mode.error(Code::BANK_UNAVAILABLE)),
        Some(_) => now
            .id
            .map(|id| Some(Running { id, account }))
            .ok_or_else(|| unreadable("a synchronization has no id")),
        None => Err(unreadable("a synchronization has no status")),
    }
}

/// A failure that keeps nobody from reading, with the account that it is of; any other comes back as one.
fn finding(error: Error, account: &RemoteAccount) -> Result<Error> {
    let whole = [
        Code::PROVIDER_CREDENTIALS_REFUSED,
        Code::PROVIDER_APPLICATION_REFUSED,
        Code::CREDENTIALS_MISSING,
        Code::CONNECTION_GONE,
    ];
    if error.code().family() != Family::Provider || whole.contains(&error.code()) {
        return Err(error);
    }
    let name = if account.account.key().is_empty() { &account.id } else { account.account.key() };
    Ok(error.detail(format!("account {name}")))
}

/// Whether an address can be that of a user somewhere in the world (RFC 6890 lists those that cannot).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        || address.is_unspecified();
    let [a, b, c, _] = address.octets();
    let reserved = a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (18..20).contains(&b));
    !special && !reserved
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    // Of all of them, 2000::/3 is given out; within it 2001::/23 is for protocols, 2001:db8::/32 and 3fff::/20 for books.
    let special =
        (first == 0x2001 && (second < 0x0200 || second == 0x0db8)) || (first == 0x3fff && second < 0x1000);
    first & 0xe000 == 0x2000 && !special
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_world_are_a_users() {
        for public in
            ["81.82.83.84", "1.1.1.1", "100.63.0.1", "172.32.0.1", "2a02:1810::1", "2001:4860:4860::8888"]
        {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        for other in [
            "0.0.0.0",
            "10.1.2.3",
            "127.0.0.1",
            "100.64.0.1",
            "169.254.1.1",
            "172.16.0.1",
            "192.168.1.1",
            "192.0.0.8",
            "192.0.2.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.7",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "fe80::1",
            "fd00::1",
            "2001:db8::1",
            "2001::1",
            "ff02::1",
            "3fff::1",
            "::ffff:81.82.83.84",
        ] {
            assert!(!is_public(other.parse().unwrap()), "{other}");
        }
    }
}

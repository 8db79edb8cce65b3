//! Files of both formats over both doors: once, in order, exact.

use bank_bridge::domain::Decimal;
use jiff::civil::date;

use crate::instance::{ACCOUNT, DOORS, Odoo, counts};
use crate::support::make::{self, Payment};

#[test]
fn both_formats_over_both_doors_stand_there_once() {
    let odoo = Odoo::start("once");
    let (mut all, mut sum, mut opening) = (0, Decimal::ZERO, 10_000);
    for (index, (door, format)) in
        [("json2", "coda"), ("jsonrpc", "coda"), ("json2", "camt"), ("jsonrpc", "camt")]
            .into_iter()
            .enumerate()
    {
        let first = date(2026, 3, 1).saturating_add(jiff::Span::new().days(7 * index as i64));
        let payments = make::payments(first, 3, 4);
        let number = index as u32 + 1;
        let (name, content) = match format {
            "coda" => ("day.cod", make::coda(ACCOUNT, number, opening, &payments)),
            _ => ("day.xml", make::camt(ACCOUNT, number, opening, &payments)),
        };
        let path = odoo.file(name, &content);
        opening += payments.iter().map(|payment| payment.cents).sum::<i64>();

        let dry = odoo.import(door, &path, &["--dry-run"]);
        assert_eq!(counts(&dry), [12, 0, 0, 0], "{format} over {door}, dry run");
        assert_eq!(odoo.lines(), (all, sum), "a dry run writes nothing");

        let outcome = odoo.import(door, &path, &[]);
        assert_eq!(counts(&outcome), [12, 0, 0, 0], "{format} over {door}");
        assert_eq!(outcome["statements"][0]["warnings"], serde_json::json!([]));
        (all, sum) = (all + 12, sum + make::sum(&payments));
        assert_eq!(odoo.lines(), (all, sum));
        let again = odoo.import(door, &path, &[]);
        assert_eq!(counts(&again), [0, 12, 0, 0], "{format} over {door}, again");
        assert_eq!(odoo.lines(), (all, sum));
        let expected: Vec<_> = payments.iter().map(|payment| payment.text.clone()).collect();
        let order = odoo.order();
        assert!(
            order[order.len() - 12..].iter().zip(&expected).all(|(shown, text)| shown.contains(text)),
            "{order:?}"
        );
    }
    let statements = odoo.sql(
        "SELECT s.is_complete, count(l.id), s.balance_end_real = s.balance_end,
                (SELECT count(*) FROM ir_attachment a WHERE a.id IN
                    (SELECT ir_attachment_id FROM account_bank_statement_ir_attachment_rel r WHERE r.account_bank_statement_id = s.id))
           FROM account_bank_statement s JOIN account_bank_statement_line l ON l.statement_id = s.id
          GROUP BY s.id ORDER BY s.id",
    );
    assert_eq!(statements, ["t|12|t|1"; 4], "complete, with their lines, adding up, with the file attached");
    let balance = odoo.shell(
        "lines = env['account.bank.statement.line'].search([])\nprint('=> ' + '%.2f' % lines.sorted('internal_index')[-1].running_balance)",
    );
    assert_eq!(balance, Decimal::new(opening, 2).to_string());
    let valid =
        odoo.shell("print('=> ' + str(all(env['account.bank.statement'].search([]).mapped('is_valid'))))");
    assert_eq!(valid, "True");
}

#[test]
fn an_overlapping_file_brings_only_what_is_new() {
    let odoo = Odoo::start("overlap");
    let all = make::payments(date(2026, 4, 1), 8, 3);
    let sum = |payments: &[Payment]| payments.iter().map(|payment| payment.cents).sum::<i64>();
    for (door, range, expected) in
        [("json2", 6..15, [9, 0, 0, 0]), ("jsonrpc", 12..24, [9, 3, 0, 0]), ("json2", 0..9, [6, 3, 0, 0])]
    {
        let part = &all[range.clone()];
        let path = odoo.file("part.xml", &make::camt(ACCOUNT, 1, 5_000 + sum(&all[..range.start]), part));
        assert_eq!(counts(&odoo.import(door, &path, &[])), expected, "{range:?}");
    }
    assert_eq!(odoo.lines(), (24, make::sum(&all)));
    let texts: Vec<_> = all.iter().map(|payment| payment.text.clone()).collect();
    assert_eq!(odoo.order(), texts, "in the bank's order, although the oldest came last");
    let whole = odoo.file("whole.xml", &make::camt(ACCOUNT, 9, 5_000, &all));
    assert_eq!(counts(&odoo.import("json2", &whole, &[])), [0, 24, 0, 0]);
}

#[test]
fn identical_payments_of_one_day_stay_two() {
    let odoo = Odoo::start("identical");
    let one = Payment {
        day: date(2026, 5, 4),
        cents: -350,
        account: "BE68539007547034".to_owned(),
        text: "Coffee".to_owned(),
        reference: String::new(),
    };
    let door = DOORS[0];
    let morning = odoo.file("morning.xml", &make::camt(ACCOUNT, 1, 0, std::slice::from_ref(&one)));
    assert_eq!(counts(&odoo.import(door, &morning, &[])), [1, 0, 0, 0]);
    let day = odoo.file("day.xml", &make::camt(ACCOUNT, 1, 0, &[one.clone(), one.clone()]));
    assert_eq!(counts(&odoo.import(door, &day, &[])), [1, 1, 0, 0]);
    assert_eq!(counts(&odoo.import(DOORS[1], &day, &[])), [0, 2, 0, 0]);
    assert_eq!(odoo.lines(), (2, Decimal::new(-700, 2)));
}

#[test]
fn the_same_day_as_coda_and_as_camt_stands_there_once() {
    let odoo = Odoo::start("sources");
    let payments = make::payments(date(2026, 6, 1), 4, 5);
    let coda = odoo.file("days.cod", &make::coda(ACCOUNT, 31, 1_000, &payments));
    let camt = odoo.file("days.xml", &make::camt(ACCOUNT, 31, 1_000, &payments));
    assert_eq!(counts(&odoo.import("json2", &coda, &[])), [20, 0, 0, 0]);
    assert_eq!(counts(&odoo.import("jsonrpc", &camt, &[])), [0, 0, 20, 0]);
    assert_eq!(counts(&odoo.import("json2", &camt, &[])), [0, 20, 0, 0], "known by their own identity now");
    assert_eq!(odoo.lines(), (20, make::sum(&payments)));
}

#[test]
fn every_field_of_a_line_arrives() {
    let odoo = Odoo::start("fields");
    let payment = Payment {
        day: date(2026, 7, 1),
        cents: 123_456_789,
        account: "BE68539007547034".to_owned(),
        text: "Invoice <b>7</b> & thanks".to_owned(),
        reference: "BANKREF1".to_owned(),
    };
    let path = odoo.file("one.cod", &make::coda(ACCOUNT, 1, 0, &[payment]));
    odoo.import("json2", &path, &[]);
    let row = odoo.sql(
        "SELECT l.amount, m.date, l.payment_ref, l.partner_name, l.account_number FROM account_bank_statement_line l JOIN account_move m ON m.id = l.move_id",
    );
    assert_eq!(row, ["1234567.89|2026-07-01|Invoice <b>7</b> & thanks|SOMEBODY|BE68539007547034"]);
}

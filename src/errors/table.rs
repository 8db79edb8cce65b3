//! The rows of the catalogue, and nothing else: number, name, who mends it, whether a retry helps, whether a file with
//! it is refused, sentence, next step.

use super::catalogue::{Code, Entry, FixedBy};

macro_rules! catalogue {
    ($($number:literal $name:ident $fixed_by:ident $retry:ident $refuses:ident $sentence:literal $next:literal;)*) => {
        impl Code {
            $(#[doc = concat!("BB-", $number, ": ", $sentence, ".")] pub const $name: Self = Self($number);)*
        }

        /// All rows, in the order of their numbers.
        pub static ENTRIES: &[Entry] = &[
            $(Entry {
                code: Code($number),
                fixed_by: FixedBy::$fixed_by,
                retry: catalogue!(@retry $retry),
                refuses: catalogue!(@refuses $refuses),
                sentence: $sentence,
                next_step: $next,
            },)*
        ];
    };
    (@retry retry) => { true };
    (@retry final) => { false };
    (@refuses refuses) => { true };
    (@refuses passes) => { false };
}

// number name who-mends-it retry-helps refuses-a-file sentence next-step
catalogue! {
    // 10xx the caller and the bridge's own face
    1001 TOKEN_REFUSED OdooAdministrator final passes "the token is missing or not known to this bridge" "enter the token that the bridge's administrator gave you, and press Connect again";
    1002 METHOD_UNKNOWN Developers final passes "the bridge has no method {method}" "update the addon and the bridge to the same version";
    1003 PARAMETER_INVALID Developers final passes "the parameter {path} is missing or not of the right shape" "update the addon and the bridge to the same version; rpc.discover gives the shapes";
    1004 REQUEST_TOO_LARGE Accountant final passes "the request is larger than the bridge takes" "import a smaller file, or raise the bridge's limit";
    1005 DEADLINE_PASSED Nobody retry passes "the bridge did not finish {method} within {seconds} seconds" "try again; if it stays, tell the bridge's administrator";
    1006 SEAL_BROKEN OdooAdministrator final passes "the sealed registration does not open with this bridge's keys" "press Connect again in Odoo's settings; a copied database must be connected anew";
    1007 RUN_UNKNOWN Nobody final passes "this bridge knows no run {run}" "look at the list of imports in Odoo, which keeps every run";
    1008 SHUTTING_DOWN Nobody retry passes "the bridge is stopping" "try again in a minute";
    1009 TOO_BUSY Nobody retry passes "the bridge has too much to do at once" "try again in a minute";
    1010 CONFIGURATION_INVALID BridgeAdministrator final passes "the configuration cannot be used: {reason}" "correct the option named, then run `bank-bridge check`";
    1011 CONFIGURATION_MISSING BridgeAdministrator final passes "{option} is not set" "set it in the configuration file, the environment or on the command line; `bank-bridge help` names them all";
    1012 SEALING_KEY_INVALID BridgeAdministrator final passes "the sealing key {name} is not 32 bytes in base64" "make one with `openssl rand -base64 32` and keep it as safe as a password";
    1013 ADDRESS_PUBLIC BridgeAdministrator final passes "{address} can be reached from other machines" "listen on 127.0.0.1, or put a TLS proxy in front and start with --behind-proxy";
    1014 CODE_UNKNOWN Accountant final passes "there is no code {text}" "codes look like BB-3310; `bank-bridge explain` without a code lists them all";
    1015 LISTEN_FAILED BridgeAdministrator final passes "cannot listen on {address}: {reason}" "choose another address, or stop what uses this one";
    1016 FILE_NOT_BASE64 Developers final passes "the file's content is not base64" "update the addon and the bridge to the same version";
    1017 ADDRESS_INVALID OdooAdministrator final passes "{address} is not an address of an Odoo server" "give it as https://odoo.example.com, without a path";
    1018 SCOPE_MISSING BridgeAdministrator final passes "the token {token} may not call {method}" "add the scope that {method} needs to this token in the bridge's configuration";
    1019 ANSWER_TOO_LARGE Accountant final passes "the answer would be larger than the bridge gives" "take a file of a shorter period, or `bank-bridge parse`";
    1020 BATCH_REFUSED Developers final passes "several calls in one request are not taken" "send them one by one";
    1021 REQUEST_UNREADABLE Developers final passes "the request is no call of JSON-RPC 2.0: {reason}" "look at the address and at what stands between Odoo and the bridge";
    1022 BRIDGE_UNREACHABLE BridgeAdministrator retry passes "the bridge at {address} cannot be reached" "check the address, and that the bridge runs";
    1023 BRIDGE_ANSWER_UNREADABLE BridgeAdministrator final passes "{address} answered what no bridge answers" "check the address, and that no proxy answers in the bridge's place";
    1024 BRIDGE_ADDRESS_INVALID OdooAdministrator final passes "the bridge's address cannot be used" "give it as https://bridge.example.com, without a path";
    1025 LOGIN_TAKEN OdooAdministrator final passes "the login {login} belongs to another user" "rename that user's login, and press Connect again";
    1026 RUN_SILENT Nobody retry passes "the bridge does not report any more on the run {run}" "try again; what was already written is recognised";

    // 20xx any provider
    2001 PROVIDER_UNREACHABLE Bank retry passes "{provider} cannot be reached: {reason}" "nothing; the next run tries again. If it stays, look whether the bridge's machine reaches the internet";
    2002 PROVIDER_TIMEOUT Bank retry passes "{provider} did not answer within {seconds} seconds" "nothing; the next run tries again";
    2003 PROVIDER_FAILED Bank retry passes "{provider} fails with status {status}" "nothing; the next run tries again. If it stays for a day, give this code and the request id to the provider's support";
    2004 PROVIDER_ANSWER_UNREADABLE Bank retry passes "the answer of {provider} cannot be read: {reason}" "nothing; the next run tries again. If it stays for a day, give this code to the provider's support";
    2005 PROVIDER_LIMIT Nobody retry passes "{provider} has had too many requests and asks to wait" "nothing; the next run tries again";
    2006 PROVIDER_CREDENTIALS_REFUSED OdooAdministrator final passes "{provider} refuses the client id or the secret" "enter both again; the provider's site makes a new secret";
    2007 PROVIDER_APPLICATION_REFUSED BridgeAdministrator final passes "{provider} refuses the bridge's application: {reason}" "compare the keys in the bridge's configuration with the provider's site, and look at the contract";
    2008 PROVIDER_REQUEST_REFUSED Developers final passes "{provider} does not take the bridge's request: {reason}" "report this with the version of the bridge and the request id";
    2009 PROVIDER_CLOCK BridgeAdministrator final passes "{provider} refuses the time of the bridge's request" "set the clock of the bridge's machine by a time server";
    2010 PROVIDER_SIGNATURE_REFUSED BridgeAdministrator final passes "{provider} refuses the signature of the bridge's request" "upload the public key that belongs to the private key in the bridge's configuration";
    2011 PROVIDER_LINK_ELSEWHERE Bank final passes "{provider} sends the bridge to another server for the next page" "tell the provider's support; nothing was read from there";
    2012 PROVIDER_PAGES_REPEAT Bank retry passes "the pages of {provider} repeat or do not end ({count} were read)" "nothing; the next run tries again. If it stays for a day, give this code to the provider's support";
    2013 PROVIDER_UNKNOWN OdooAdministrator final passes "the bridge has no provider {name}" "choose one of {known}";
    2014 PROVIDER_NOT_CONFIGURED BridgeAdministrator final passes "{provider} is not set up in this bridge: {option} is missing" "set it in the bridge's configuration, then run `bank-bridge check`";
    2015 PROVIDER_RIGHT_MISSING OdooAdministrator final passes "{provider} does not allow this: {reason}" "look at the integration and its rights on the provider's site";
    2016 WEBHOOK_REFUSED BridgeAdministrator final passes "a message that claims to come from {provider} was refused: {reason}" "compare the webhook's settings with the provider's site";
    2017 TRANSACTION_UNREADABLE Developers final passes "transaction {id} of {provider} cannot be booked: {reason}" "report this with the version of the bridge; nothing of this account came in, and the next run reads it again";
    2018 PROVIDER_CUSTOMER_LOCKED BridgeAdministrator final passes "{provider} has locked this customer" "unlock it on the provider's site";
    2019 PROVIDER_LATER Nobody retry passes "{provider} did not do it this time: {reason}" "nothing; the next run tries again. If it stays for a day, look at the clock of the bridge's machine, then give this code and the request id to the provider's support";
    2020 RETURN_ADDRESS_REFUSED OdooAdministrator final passes "{provider} does not take the address that users come back to" "set Odoo's system parameter web.base.url to the address that users have, with https";

    // 22xx the bank wants its customer
    2201 CONSENT_REFUSED Accountant final passes "access to the accounts was refused at the bank" "press Update credentials, and allow the access there";
    2202 BANK_LOGIN_REFUSED Accountant final passes "the bank refused the login" "press Update credentials, and log in again";
    2203 CONSENT_ENDED Accountant final passes "the consent to read the accounts has ended" "press Update credentials; the bank asks for one confirmation";
    2204 CONSENT_UNFINISHED Accountant final passes "the bank's question was not answered in time" "press Update credentials, and answer the bank at once";
    2205 BANK_WANTS_CUSTOMER Accountant final passes "the bank wants something of its customer first: {message}" "log in on the bank's own site, do what it asks, then press Update credentials";
    2206 CONNECTION_GONE Accountant final passes "{provider} does not know this connection any more" "press Update credentials and connect the bank again; lines that are there are recognised";
    2207 ACCOUNT_GONE Accountant final passes "{provider} does not show the account {account} any more" "press Update credentials and choose the account again at the bank, then press Fetch accounts";
    2208 ACCOUNT_RETIRED Accountant final passes "the account {account} is on a connection that the bank has retired, and gets no new transactions" "link the account again on the provider's site, then press Fetch accounts";
    2209 RETURN_UNKNOWN Accountant final passes "the return from the bank does not belong to this connection" "press Update credentials again, and finish in the same window";
    2210 CONSENT_ENDS Accountant final passes "the consent to read the accounts ends on {date}" "press Update credentials before that day";
    2211 CREDENTIALS_MISSING OdooAdministrator final passes "{provider} needs a client id and a secret" "enter both; the provider's site gives them";
    2212 CONNECTION_DOUBLE Accountant final passes "the same login at the bank is connected already" "use that connection, or remove it first";

    // 23xx the bank behind the provider
    2301 BANK_UNAVAILABLE Bank retry passes "{provider} cannot reach the bank" "nothing; the next run tries again";
    2302 BANK_MAINTENANCE Bank retry passes "the bank is in maintenance until {until}" "nothing; a later run tries again";
    2303 BANK_DISABLED BridgeAdministrator final passes "{provider} has switched this bank off" "ask the provider's support; a file of the bank can be imported meanwhile";
    2304 REFRESH_TOO_EARLY Nobody retry passes "{provider} has asked the bank a short while ago; what is there was read" "nothing";
    2305 BACKGROUND_LIMIT Nobody retry passes "the bank answers no more today unless its customer is present" "nothing; press Synchronise to be present";
    2306 BANK_BUSY Nobody retry passes "{provider} is still fetching from the bank; what is there was read" "nothing; the next run reads the rest";
    2307 BANK_SLOW Bank retry passes "the bank took too long for {provider}" "nothing; the next run tries again";
    2308 DATA_STALE Accountant retry passes "the bank has given {provider} nothing since {since}" "look on the provider's site; if it stays for a day, press Update credentials";
    2309 USER_ADDRESS_UNKNOWN OdooAdministrator retry passes "the user's own internet address is not known, so {provider} was not sent to the bank; what is there was read" "start Odoo with --proxy-mode behind its proxy, so that it knows who calls";
    2310 BANK_UNKNOWN Accountant final passes "{provider} does not know this bank" "choose the bank again";

    // 30xx any file
    3001 FILE_UNREADABLE Accountant final passes "the file cannot be read: {reason}" "check its name and its permissions";
    3002 FORMAT_UNKNOWN Accountant final passes "the file is in no format that Bank Bridge reads" "export it from the bank as CODA or CAMT.053; --format names one where the content does not show it";
    3003 FORMAT_AMBIGUOUS Accountant final passes "the file could be {first} or {second}" "say which with --format";
    3004 FILE_TOO_LARGE Accountant final passes "the file is larger than {limit} MB" "export a shorter period, or raise the cap with --max-size";
    3005 FILE_EMPTY Accountant final passes "the file is empty" "export it from the bank again";
    3006 FILE_TRUNCATED Accountant final passes "the file ends too early: {missing} is missing" "download it again from the bank; nothing of it was imported";
    3007 XML_DOCTYPE Accountant final passes "the XML has a DOCTYPE, which no bank file needs and which can be used for attacks" "ask where the file comes from; export it from the bank itself";
    3008 XML_MALFORMED Accountant final passes "the XML is malformed: {reason}" "download it again from the bank; do not edit it";
    3009 FORMAT_NAME_UNKNOWN Accountant final passes "there is no format {name}" "take one of {known}";
    3010 XML_TOO_DEEP Accountant final passes "the XML is nested deeper than {limit} elements" "ask where the file comes from; export it from the bank itself";
    3011 ENCODING_UNKNOWN Accountant final passes "the text encoding {name} is not known" "ask the bank for the file in UTF-8";
    3012 LINE_TOO_LONG Accountant final passes "the line is longer than {limit} MB" "download the file again from the bank";
    3013 DATE_ORDER_OPEN Accountant final passes "the dates can be read as {first} or as {second}: {example}" "say which with --date-order (dmy, mdy or ymd)";
    3014 DATES_CONTRADICT Accountant final passes "no order of day, month and year fits all dates: {first} and {second}" "export the file from the bank again; do not put two exports together";
    3015 DATE_ORDER_WRONG Accountant final passes "{found} is no date in the order {order}" "leave --date-order out, or choose another";
    3016 DECIMAL_MARK_OPEN Accountant final passes "the amount {example} can have decimals or thousands" "say which with --decimal-mark (point or comma)";
    3017 DECIMAL_MARKS_CONTRADICT Accountant final passes "the amounts have different decimal marks: {first} and {second}" "export the file from the bank again; do not edit it";

    // 31xx CODA
    3101 CODA_RECORD_UNKNOWN Accountant final passes "a record of CODA cannot begin with {found}" "download the file again from the bank; do not edit it";
    3102 CODA_RECORD_MISPLACED Accountant final passes "record {found} stands where {expected} should" "download the file again from the bank; do not edit it";
    3103 CODA_FIELD_INVALID Accountant final passes "{field} (positions {positions}) is {found}, not {expected}" "download the file again from the bank; do not edit it";
    3104 CODA_VERSION_UNKNOWN Accountant final passes "CODA version {found} is not known" "ask the bank for version 2";
    3105 CODA_LINE_TOO_LONG Accountant final passes "the record has {length} characters, CODA has 128" "download the file again from the bank; do not edit it";

    // 32xx CAMT
    3201 CAMT_KIND_UNSUPPORTED Accountant final passes "the file is a {kind}, not an end-of-day statement (camt.053)" "export camt.053 from the bank";
    3202 CAMT_ELEMENT_MISSING Accountant final passes "{element} is missing" "ask the bank for the file again; its message breaks ISO 20022";
    3203 CAMT_VALUE_INVALID Accountant final passes "{element} is {found}, not {expected}" "ask the bank for the file again; its message breaks ISO 20022";
    3204 CAMT_PAGES_INCOMPLETE Accountant final refuses "the statement has pages {pages}, and the last is missing" "import all pages in one go, or ask the bank for the file again";

    // 33xx the file does not add up
    3310 BALANCE_DIFFERS Accountant final refuses "the lines do not add up to the closing balance: opening {opening} + lines {lines} = {computed}, the bank says {closing} {currency}" "ask the bank for the file again, or import with --accept-balance";
    3311 TOTALS_DIFFER Accountant final refuses "the {side} add up to {computed}, the file's trailer says {stated}" "ask the bank for the file again, or import with --accept-balance";
    3312 RECORDS_DIFFER Accountant final refuses "the statement has {computed} records, its trailer says {stated}" "ask the bank for the file again, or import with --accept-balance";
    3313 ACCOUNTS_DIFFER Accountant final refuses "the closing balance is of account {closing}, the opening balance of {opening}" "ask the bank for the file again, or import with --accept-balance";
    3314 ENTRIES_DIFFER Accountant final refuses "the entries count {computed}, the file's summary says {stated}" "ask the bank for the file again, or import with --accept-balance";

    // 34xx OFX
    3401 OFX_NO_STATEMENT Accountant final passes "the file holds no statement of a bank account or card: {held}" "download the account's transactions from the bank, as OFX or better as CAMT.053";
    3402 OFX_INVESTMENTS Accountant final passes "the file is an investment statement, not a bank statement" "download the transactions of the bank account from the bank";
    3403 OFX_REQUEST Accountant final passes "the file is a request to a bank, not its answer" "download the account's transactions from the bank";
    3404 OFX_ANSWER_REFUSED Accountant final passes "the bank answers with an error instead of a statement: {status}" "download it again; if it stays, ask the bank what the error means";
    3405 OFX_OLDER_FORMAT Accountant final passes "the file is OFC, the format before OFX" "export it from the bank as OFX, or better as CAMT.053";
    3406 OFX_ELEMENT_MISSING Accountant final passes "{element} is missing" "download the file again from the bank; do not edit it";
    3407 OFX_VALUE_INVALID Accountant final passes "{element} is {found}, not {expected}" "download the file again from the bank; do not edit it";
    3408 OFX_RATE_MISSING Accountant final passes "the amount is in {currency}, the account in {account_currency}, and the file gives no rate" "export the file in the account's currency, or in another format";
    3409 OFX_CURRENCIES_MIXED Accountant final passes "the statement does not say its currency, and its lines are in {first} and {second}" "export one currency at a time, or another format";
    3410 OFX_ELEMENT_REPEATED Accountant final passes "{element} stands twice in one transaction" "download the file again from the bank; do not edit it";
    3411 OFX_TRANSACTION_MISPLACED Accountant final passes "a transaction stands {where}, and not in the list of a statement" "download the file again from the bank; do not edit it";
    3412 OFX_TOO_DEEP Accountant final passes "more than {limit} unknown elements stand in one another" "ask where the file comes from; download it from the bank itself";
    3413 OFX_ELEMENT_TOO_LONG Accountant final passes "an element is longer than {limit} MB" "download the file again from the bank";

    // 35xx QIF
    3501 QIF_INVESTMENTS Accountant final passes "the file holds transactions in securities alone" "export the bank account instead; investments are not imported";
    3502 QIF_NO_TRANSACTIONS Accountant final passes "the file holds no transactions of an account" "export the account's transactions, not a list";
    3503 QIF_SECTION_UNKNOWN Accountant final passes "the section !{name} is none of QIF" "export the file again; if the bank writes such a section, report it";
    3504 QIF_DATE Accountant final passes "{found} is no date" "look at the line; export the file again rather than mend it";
    3505 QIF_DATE_MISSING Accountant final passes "the record has no date" "look at the record; the file may have been cut off";
    3506 QIF_AMOUNT Accountant final passes "{found} is no amount" "look at the record; --decimal-mark (point or comma) says another mark";
    3507 QIF_AMOUNT_MISSING Accountant final passes "the record has no amount" "look at the record; the file may have been cut off";
    3508 QIF_AMOUNTS_DIFFER Accountant final passes "the record gives two amounts, {first} and {second}" "export the file again";
    3509 QIF_ACCOUNTS_UNNAMED Accountant final passes "the file holds several accounts and does not name them" "export each account into a file of its own";

    // 36xx CSV
    3601 PRESET_MISSING Accountant final passes "there is no preset {name}: {reason}" "`bank-bridge preset` lists those that come with the program; a file is named with its path";
    3602 PRESET_INVALID Accountant final passes "the preset cannot be used: {reason}" "correct the line named; README shows a preset, and `bank-bridge preset FILE --save PRESET` writes one";
    3603 TABLE_UNKNOWN Accountant final passes "no preset knows the columns of this table" "`bank-bridge preset FILE` proposes what each column is; --save keeps it, --preset uses it";
    3604 PRESET_AMBIGUOUS Accountant final passes "the table could be of {first} or of {second}" "say which with --preset";
    3605 PRESET_DOES_NOT_FIT Accountant final passes "the preset {preset} does not fit: the table lacks {missing}" "take another preset, or none; if the bank has changed its export, `bank-bridge preset FILE` proposes a new one";
    3606 ROW_LONGER Accountant final passes "the row has {found} cells, the header {expected}" "look at the row for a quotation mark or delimiter too many; export the file again rather than mend it";
    3607 ROW_SHORTER Accountant final passes "the row has {found} cells, the header {expected}" "the file may have been cut off; export it from the bank again";
    3608 CELL_NO_DATE Accountant final passes "{column} holds {found}, where a date ({order}) belongs" "look at the row; --date-order (dmy, mdy or ymd) says another order";
    3609 CELL_NO_AMOUNT Accountant final passes "{column} holds {found}, where an amount with a decimal {mark} belongs" "look at the row; --decimal-mark (point or comma) says another mark";
    3610 CELL_UNEXPECTED Accountant final passes "{column} holds {found}, where one of {expected} belongs" "if the bank has a new word there, add it to a preset of your own and use --preset";
    3611 CELL_NO_CURRENCY Accountant final passes "{column} holds {found}, where the three letters of a currency belong" "look at the row, or say the column in a preset of your own";
    3612 BOTH_SIDES Accountant final passes "the row has money out ({debit}) and money in ({credit})" "look at the row on the bank's site";
    3613 CELL_SPOILED Accountant final passes "{column} holds {found}: a spreadsheet program has spoiled the file" "export it from the bank again and import it without opening it in between";
    3614 DETAIL_WITHOUT_LINE Accountant final passes "the row has no booking date and follows no line whose detail it could be" "look at the row; export the file again rather than mend it";
    3615 PRESET_NOT_KEPT Accountant final passes "the preset cannot be kept as {file}: {reason}" "choose another name or folder";
    3616 SIGN_AND_DIRECTION Accountant final passes "the amount {amount} has a sign, and the row says {direction} besides" "look at the row on the bank's site";

    // 37xx MT940
    3701 MT940_FIELD_MISPLACED Accountant final passes "field {field} stands where {expected} should" "download the file again from the bank; do not edit it";
    3702 MT940_ENTRY_INVALID Accountant final passes "the {part} of field 61 is {found}, not {expected}" "download the file again from the bank; do not edit it";
    3703 MT940_BALANCE_INVALID Accountant final passes "field {tag} is {found}, not C or D, a date YYMMDD, a currency and an amount with a decimal comma" "download the file again from the bank; do not edit it";
    3704 MT940_KIND_UNSUPPORTED Accountant final passes "the file holds {found} and no statement" "export MT940 from the bank";
    3705 MT940_CURRENCIES_DIFFER Accountant final refuses "the opening balance is in {opening}, the closing balance in {closing}" "ask the bank for the file again, or import with --accept-balance";
    3706 MT940_NO_MESSAGE Accountant final passes "the file holds no message of MT940" "export it from the bank again";
    3707 MT940_ENDS_OPEN Accountant final refuses "the file ends within the statement: there is no closing balance, and lines may be missing" "download the file again from the bank, or import with --accept-balance";

    // 380x archives
    3801 ARCHIVE_DAMAGED Accountant final passes "the archive cannot be unpacked: {reason}" "download it again from the bank";
    3802 ARCHIVE_EMPTY Accountant final passes "the archive holds no bank file" "export it from the bank again";
    3803 ARCHIVE_TOO_MANY Accountant final passes "the archive has {count} entries, more than {limit}" "put fewer files into an archive; ask where this one comes from";
    3804 ARCHIVE_TOO_LARGE Accountant final passes "the files of the archive are larger than {limit} MB when unpacked" "put fewer files into an archive, or raise the cap with --max-size";
    3805 ARCHIVE_BOMB Accountant final passes "the file unpacks to more than {ratio} times its size, as no bank file does" "ask where the archive comes from; import its bank files one by one";
    3806 ARCHIVE_ENCRYPTED Accountant final passes "the file is encrypted" "unpack the archive with its password, and import the files";
    3807 ARCHIVE_NESTED Accountant final passes "the file is an archive itself ({kind})" "unpack the outer archive, and import what is in it";
    3808 ARCHIVE_NAME Accountant final passes "the archive has the name {name}, which is none of a file in it" "ask where the archive comes from; export it from the bank itself";
    3809 ARCHIVE_METHOD Accountant final passes "the file is compressed by a method that is not read ({method})" "unpack the archive, and import the files, or pack them as ZIP with Deflate";
    3810 ARCHIVE_FILE_UNKNOWN Accountant final passes "the file is {kind}; nothing of the archive was imported" "take the file out of the archive, or unpack it and import the bank files";
    3811 ARCHIVE_NAMES_REPEATED Accountant final passes "the archive has two files of one name" "unpack it, and import the files one by one";

    // 385x XLSX
    3851 WORKBOOK_UNREADABLE Accountant final passes "the workbook cannot be read: {reason}" "export it from the bank again; a workbook with a password is saved without it first";
    3852 WORKBOOK_TOO_LARGE Accountant final passes "the workbook holds more than {limit} {what}" "export a shorter period";
    3853 WORKBOOK_OLD Accountant final passes "the file is {kind}, which is not read" "save it as XLSX or CSV, or export it from the bank as such";
    3854 SHEETS_AMBIGUOUS Accountant final passes "the worksheets {first} and {second} both hold transactions" "save each as a file of its own";
    3855 CELL_IN_ERROR Accountant final passes "the cell {cell} of the worksheet {sheet} holds the error {found}" "export the workbook from the bank again";

    // 40xx reaching Odoo
    4001 ODOO_UNREACHABLE OdooAdministrator retry passes "Odoo at {address} cannot be reached: {reason}" "check the address, and that Odoo runs; the same import may simply be repeated";
    4002 ODOO_ANSWER_UNREADABLE OdooAdministrator retry passes "Odoo at {address} answered what is not JSON-RPC ({status})" "check that the address is Odoo's own and that no proxy answers in its place";
    4003 ODOO_LOGIN_REFUSED OdooAdministrator final passes "Odoo refuses the API key: it has expired, was revoked, or belongs to another user or database" "make a new key (Preferences, Account security), or press Connect in the settings of Bank Bridge";
    4004 ADDON_MISSING OdooAdministrator final passes "the addon bank_bridge is not installed in the database {database}" "install it from Apps, then try again";
    4005 ADDON_VERSION OdooAdministrator final passes "the addon speaks version {found} of the batch protocol, this bridge {expected}" "update the older of the two";
    4006 ODOO_RIGHTS_MISSING OdooAdministrator final passes "the user {user} may not do this in Odoo: {right}" "give the user the role Bank Bridge / Import, or an accountant's role";
    4007 ODOO_FAILED OdooAdministrator final passes "Odoo failed with {exception}: {message}" "look at Odoo's log at this time; give this code to support";
    4008 ODOO_TIMEOUT Nobody retry passes "Odoo did not answer within {seconds} seconds" "repeat the import: what was already written is recognised";
    4009 DATABASE_UNKNOWN OdooAdministrator final passes "Odoo has no database {database}" "check the name of the database";
    4010 ODOO_VERSION OdooAdministrator final passes "Odoo {version} is not supported" "use Odoo 17, 18 or 19";
    4011 ODOO_BUSY Nobody retry passes "another import is writing to the same journal" "repeat the import: what was already written is recognised";
    4012 RUN_NOT_OPEN Nobody final passes "the import {run} is not open any more" "repeat the import: what was already written is recognised";
    4013 ODOO_REQUEST_TOO_LARGE OdooAdministrator final passes "Odoo, or the proxy before it, refuses a request of {kilobytes} KB" "raise the proxy's limit (nginx: client_max_body_size)";

    // 41xx the books
    4101 JOURNAL_MISSING Accountant final passes "no bank journal has the account {account}" "set the account number on the bank journal in Odoo, or name the journal with --journal";
    4102 JOURNAL_UNKNOWN Accountant final passes "there is no bank, cash or credit card journal with the code {journal}" "take the short code of a journal, such as BNK1";
    4103 JOURNAL_CURRENCY Accountant final passes "the journal {journal} is in {journal_currency}, the statement in {currency}" "choose a journal in {currency}, or set the journal's currency before its first entry";
    4104 JOURNAL_AMBIGUOUS Accountant final passes "several journals have the account {account}: {journals}" "name one with --journal";
    4105 SUSPENSE_ACCOUNT_MISSING Accountant final passes "the journal {journal} has no suspense account" "set one on the journal (Accounting, Configuration, Journals)";
    4106 PERIOD_LOCKED Accountant final passes "lines dated in a locked period: {count}, the first on {date}; the books are closed up to {locked_until}" "have the period reopened, or import a file that begins later";
    4107 AMOUNT_TOO_FINE Accountant final passes "the amount {amount} has more decimals than {currency} in Odoo" "raise the currency's decimals in Odoo, or ask the bank for the file again";
    4108 ACCOUNT_UNNAMED Accountant final passes "the statement does not name its account" "name the journal with --journal";
    4109 COMPANY_AMBIGUOUS Accountant final passes "journals of several companies have the account {account}: {journals}" "name one with --journal, as COMPANY/CODE where the code is not enough";
    4110 CURRENCY_INACTIVE OdooAdministrator final passes "the currency {currency} is not active in Odoo" "activate it (Accounting, Configuration, Currencies)";
    4111 SAME_ACCOUNT_JOURNAL Accountant final passes "the journal {journal} is of the account {journal_account}, the statement of {account}" "choose the right journal; --force-journal imports all the same";

    // 42xx connections
    4201 CONNECTION_UNKNOWN OdooAdministrator final passes "Odoo has no connection {connection}" "look at the list of connections in Odoo";
    4202 CONNECTION_BUSY Nobody retry passes "another run is at work on this connection until {until}" "nothing; wait for it";
    4203 LEASE_LOST Nobody retry passes "another run has taken this connection over" "nothing; the other run finishes the work";
    4204 CONNECTION_NOT_LINKED Accountant final passes "the connection is not linked to a bank yet" "press Connect";
    4205 ACCOUNT_WITHOUT_JOURNAL Accountant final passes "the account {account} has no journal" "choose a journal for it in the connection's list of accounts";
    4206 CONNECTION_BY_HAND Nobody final passes "this connection is synchronised by hand only" "nothing; press Synchronise, or switch automatic synchronisation on";

    // 50xx any statement
    5001 BALANCE_ACCEPTED Accountant final passes "imported although its balances do not add up, as the user chose" "compare the balance in Odoo with the bank's";
    5002 NUMBERS_SKIP Nobody final passes "statement {number} does not follow {previous}: a statement may be missing" "look whether the balances follow; some banks skip numbers";
    5003 CHAIN_BROKEN Accountant final passes "it opens with {opening}, the statement before it closed with {closing}: a statement is missing between them" "import the missing statement";
    5004 LINE_HELD Accountant final passes "the line of {date} over {amount} may already be in Odoo from another source" "compare it with the candidates named, and import it by hand if it is new";
    5005 DATE_MOVED Accountant final passes "Odoo booked the line of {date} on {moved}" "check the lock dates";
    5006 BALANCE_DIFFERS_IN_ODOO Accountant final passes "after the import the balance in Odoo is {odoo}, the bank says {bank} on {date}" "look for lines that are missing or were entered by hand";
    5007 ENCODING_GUESSED Nobody final passes "the text is not in the encoding {declared} that the file declares; it was read as {used}" "look at the accented letters";
    5008 LINE_KNOWN_ELSEWHERE Nobody final passes "lines that were already there from another source: {count}" "nothing; they were recognised";
    5009 FILE_NOT_KEPT Nobody final passes "the file was not attached to its statements: {reason}" "keep it elsewhere";
    5010 DATE_ORDER_DERIVED Accountant final passes "the dates are read as {order}, since {because}" "compare a date with the bank's site; --date-order (dmy, mdy or ymd) decides otherwise";

    // 51xx CODA
    5101 CODA_DUPLICATE_FLAG Nobody final passes "the bank marks this file as a duplicate" "nothing; lines that are already there are recognised";
    5102 CODA_DETAILS_DIFFER Nobody final passes "the details of movement {sequence} add up to {details}, the movement is {amount}; the movement was kept whole" "read its details in the note";
    5103 CODA_SEPARATE_APPLICATION Nobody final passes "the file repeats details of movements for another application ({application}); it holds no lines to book" "import the main file";
    5104 CODA_CODE_UNKNOWN Nobody final passes "the transaction code {bank_code} is not in the standard" "nothing; the digits are kept";
    5105 CODA_CHECK_DIGITS Nobody final passes "the structured communication {communication} has wrong check digits; it was kept as text" "match the line by hand";
    5106 CODA_COMMUNICATION_UNKNOWN Nobody final passes "the structured communication type {kind} is not in the standard; it was kept as text" "nothing";
    5107 CODA_DATE_TAKEN Nobody final passes "movement {sequence} has no entry date; {taken} was taken" "check the date of the line";
    5108 CODA_FREE_COMMUNICATION Nobody final passes "the bank writes: {text}" "read it";
    5109 CODA_ORPHAN_INFORMATION Nobody final passes "an information record follows no movement; it was left out" "nothing";
    5110 CODA_LINE_OVERLONG Nobody final passes "the record has {length} characters; what stands beyond 128 was left out" "nothing; the standard has no field there";
    5111 CODA_STATEMENT_REPEATED Nobody final passes "the file holds this statement more than once; it was read once" "nothing";

    // 52xx CAMT
    5201 CAMT_DETAILS_DIFFER Nobody final passes "the transactions of entry {entry} add up to {details}, the entry is {amount}; it was kept whole" "read its details in the note";
    5202 CAMT_DETAILS_UNKNOWN Nobody final passes "{count} of the transactions of entry {entry} have no amount; it was kept whole" "read its details in the note";
    5203 CAMT_NOT_BOOKED Nobody final passes "entries that are not booked ({status}) were left out: {count}" "nothing; they come again when they are booked";
    5204 CAMT_REVERSALS_FLIPPED Nobody final passes "the statement closes only with its reversal entries the other way round; they were turned" "compare the lines with the bank's site";
    5205 CAMT_DATE_TAKEN Nobody final passes "entry {entry} has no booking date; {taken} was taken" "check the date of the line";
    5206 CAMT_CURRENCY_SPLIT Nobody final passes "entries of several currencies stand in one statement; it was split by currency" "check the balances by hand";
    5207 CAMT_NO_BALANCE Nobody final passes "the statement gives no {which} balance" "nothing; the lines could not be checked against it";
    5208 CAMT_BATCH_SHORT Nobody final passes "entry {entry} announces {announced} transactions and gives {given}" "nothing; for a line of each, import the bank's camt.054 before the statement, which recognises them";
    5209 CAMT_MORE_ALIKE Nobody final passes "{count} more findings of the code {code} in the same statement" "read those that are told; the rest is alike";
    5210 CAMT_FURTHER_PAGES Accountant final passes "the {message} has pages {pages}, and further ones follow in another file" "import the other pages as well; each page stands for itself";

    // 53xx OFX
    5301 OFX_LINES_ALIKE Nobody final passes "lines with the same id, day and amount as an earlier one: {count}; all were kept" "compare them with the bank's site";
    5302 OFX_BALANCE_LEFT_OUT Nobody final passes "the ledger balance {amount} was left out: {reason}" "nothing; the lines could not be checked against it";
    5303 OFX_CONVERTED Accountant final passes "amounts in another currency were converted at the rate that the file gives: {count}" "compare them with the bank's site";
    5304 OFX_DATE_TAKEN Nobody final passes "lines without booking date: {count}; the day of the customer's order was taken" "check the dates of these lines";
    5305 OFX_CORRECTED Accountant final passes "transactions that the bank corrected or deleted: {count}" "delete those in Odoo that an earlier file brought";
    5306 OFX_STATUS_WARNS Nobody final passes "the bank warns: {status}" "read it";
    5307 OFX_STATEMENT_REFUSED Accountant final passes "the bank answers for another account of the file with an error: {status}" "download that account again";
    5308 OFX_LINES_REPEATED Nobody final passes "lines that an earlier statement of the same account has too: {count}; they were read once" "nothing";

    // 55xx CSV
    5501 BALANCES_DO_NOT_FOLLOW Accountant final refuses "the balance of the row is {found}, and {expected} follows from the row before: rows are missing or out of order" "export the account without a filter; --accept-balance imports the rows all the same";
    5502 ROWS_LEFT_OUT Nobody final passes "rows left out: {count}, because {why}" "nothing; `bank-bridge parse --explain` shows the first of them";

    // 56xx MT940
    5601 MT940_NO_BALANCE Nobody final passes "the statement gives no {which} balance" "nothing; the lines could not be checked against it";
    5602 MT940_DATE_TAKEN Nobody final passes "lines without a booking date: {count}, the first of {first}; their value date was taken" "nothing; the bank gives no other";
    5603 MT940_DAY_CLAMPED Nobody final passes "dates that do not exist: {count}, the first in {first}; the last day of the month was taken" "nothing; some banks count every month as thirty days";
    5604 MT940_BALANCE_REPORT Nobody final passes "the message is a balance report (MT941) and holds no lines" "import the statement (MT940)";
    5605 MT940_TOTALS_DIFFER Nobody final passes "the {side} are {entries} over {computed}, the report says {count} over {stated}" "nothing; the statement (MT940) that follows has all of them";
    5606 MT940_STATEMENT_REPEATED Nobody final passes "the file holds this statement more than once; it was read once" "nothing";
    5607 MT940_PAGES_OPEN Nobody final passes "the statement goes on, and its next page is not in the file" "import the file with the next page too";

    // 570x archives
    5701 ARCHIVE_STATEMENT_REPEATED Nobody final passes "{name} of the same archive holds this statement too; it was read once" "nothing";
    5702 ARCHIVE_LINES_REPEATED Nobody final passes "lines that another file of the archive holds too: {count}; each comes in once" "nothing; they are recognised";

    // 58xx online transactions
    5801 LINES_LOCKED Accountant final passes "lines of closed days were left out: {count}; the books are closed up to {locked_until}" "nothing, if those days are in the books already; else open the period and synchronise again";
    5802 COPIES_LEFT_OUT Nobody final passes "transactions that {provider} marks as copies were left out: {count}" "nothing";
    5803 PERHAPS_DOUBLE Nobody final passes "transactions that {provider} takes for possible doubles: {count}; all were kept" "compare them with the bank's site";
    5804 RENUMBERED Nobody final passes "{provider} has given the known transactions of the account {account} other names; they were recognised by day and amount" "look at the held lines, if there are any";

    // 90xx our bugs
    9001 BUG Developers final passes "the bridge made a mistake: {what}" "report this with the version of the bridge";
}

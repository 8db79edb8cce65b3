-- A copied database is not the one that the bridge knows: it must be connected anew.
DELETE FROM res_users_apikeys
      WHERE user_id IN (SELECT user_id FROM bank_bridge_registration);
UPDATE bank_bridge_registration
   SET token = NULL, sealed = NULL, state = 'not_connected', code = NULL, message = NULL,
       key_id = NULL, key_made = NULL, key_expiry = NULL;
UPDATE bank_bridge_connection
   SET sealed = NULL, state = 'not_connected', told_state = 'not_connected', told_code = NULL, code = NULL,
       message = NULL, code_args = NULL, trouble_since = NULL, link_url = NULL, link_expires = NULL,
       lease_run = NULL, lease_until = NULL, lease_kind = NULL, asked = NULL, next_sync = NULL;

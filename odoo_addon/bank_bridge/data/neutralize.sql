-- A copied database is not the one that the bridge knows: it must be connected anew.
DELETE FROM res_users_apikeys
      WHERE user_id IN (SELECT user_id FROM bank_bridge_registration);
UPDATE bank_bridge_registration
   SET token = NULL, sealed = NULL, state = 'not_connected', code = NULL, message = NULL,
       key_id = NULL, key_made = NULL, key_expiry = NULL;

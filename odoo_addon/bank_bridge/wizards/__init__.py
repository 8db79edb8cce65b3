from . import contact_steps
from . import bank_bridge_contact
from . import bank_bridge_credentials
from . import setup_words
from . import bank_bridge_setup
from . import setup_accounts
from . import bank_bridge_duplicates
from . import bank_bridge_missing

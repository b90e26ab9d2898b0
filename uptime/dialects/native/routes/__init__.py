"""Every operation of the native wire, on one blueprint: `native`."""

from uptime.dialects.native.routes import alerts as alerts
from uptime.dialects.native.routes import badges as badges
from uptime.dialects.native.routes import channels as channels
from uptime.dialects.native.routes import cron as cron
from uptime.dialects.native.routes import document as document
from uptime.dialects.native.routes import heartbeats as heartbeats
from uptime.dialects.native.routes import history as history
from uptime.dialects.native.routes import incidents as incidents
from uptime.dialects.native.routes import keys as keys
from uptime.dialects.native.routes import maintenance as maintenance
from uptime.dialects.native.routes import pages as pages
from uptime.dialects.native.routes import ping as ping
from uptime.dialects.native.routes import second_factor as second_factor
from uptime.dialects.native.routes import services as services
from uptime.dialects.native.routes import session as session
from uptime.dialects.native.routes import settings as settings
from uptime.dialects.native.routes import setup as setup
from uptime.dialects.native.routes import status as status
from uptime.dialects.native.routes import subscribers as subscribers
from uptime.dialects.native.routes import summary as summary
from uptime.dialects.native.routes import tags as tags
from uptime.dialects.native.routes import users as users
from uptime.dialects.native.routes.operation import native as native

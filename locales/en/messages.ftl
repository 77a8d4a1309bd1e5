# Errors of requests
internal = Something failed on the server; please try again. Request { $request }
unauthenticated = Please sign in
bad-token = The token is not valid, or has run out
bad-argument = The value of the argument { $name } is not right
bad-cursor = This cursor does not fit: use one that the same list gave in the same order
first-and-last = Give first or last, not both
bad-page-size = A page has 0 to { $max } rows, not { $given }
too-many-ids = At most { $max } ids at once, not { $given }
nul-in-text = The text contains a null character (U+0000)
bad-interval = intervalMs lies between 10 and 3600000, { $given } does not
bad-count = count cannot be negative, { $given } is
too-many-operations = Too many operations at once on this socket: at most { $max }
bad-event-cursor = This event cursor is none of this server's: give one back as it was received
cursor-expired = The events after this cursor are no longer kept: load the data again and follow from there
stream-interrupted = The stream was interrupted: subscribe again with `after` set to the cursor given in `extensions.cursor`
too-long-document = The document is too long: at most { $max } bytes
too-deep = The document nests too deep: at most { $max } levels
too-many-tokens = The document is too long: at most { $max } tokens
too-complex = The query is too complex: nest less, or ask for smaller pages
filter-too-long = The filter is too long: at most 500 conditions, 24 within each other, and 5,000 values
repeated-key = The response key { $key } occurs twice in this mutation: nothing is run twice, use different aliases
one-subscription = A subscription has one root field
no-operation = The document has no operation of this name
which-operation = The document has several operations: name one with operationName
no-query = query is missing
not-json = The body must be application/json
bad-body = The body is not a JSON object, or query, variables, operationName or extensions in it have the wrong type
too-long-body = The body is too long: at most 1 MiB
mutation-by-get = Use POST for mutations
subscription-by-http = Subscriptions come over the WebSocket /graphql/ws, or as text/event-stream

# Refusals
not-found = It does not exist, or you may not see it
forbidden = You may not do this
required = A value is needed here
too-long = At most { $max } characters, not { $length }
out-of-range = It must lie between { $low } and { $high }
invalid-characters = It contains control characters
invalid-state = This cannot be done in the current state
case-closed = The case has ended; its whistles cannot move any more
respondent = The respondent of a case stays out of it
same-person = Whoever resolved a case may not verify it
open-whistles = Whistles are still out: conclude or withdraw them first
wrong-level = This unit cannot be called or assigned from your level, or does not answer for this place
already-called = This unit has been called and has not finished
already-checked-in = This unit has already checked in
not-called = You do not belong to the unit called
no-target = No unit was found to call: name one
no-superior = There is no level above
place-too-wide = The place must be a district or smaller
conflict = It has changed meanwhile: look at it as it stands now
idempotency-key-reused = You have used this idempotency key for another request: take a new one
mismatch = It contradicts the rest
too-many-targets = At most 10 units at once
holds-a-post = This person holds a post: end it first

# What is wrong with a case file
file-not-chained = This entry is from before there were hashes
file-missing = An entry is missing here
file-out-of-order = This entry does not stand where it was entered
file-unlinked = This entry does not follow from the one before: that one was changed, or entries between them are gone
file-changed = This entry has been changed
file-personal-changed = The actor or the note of this entry has been changed
file-erased-unrecorded = The personal data of this entry are gone, and no later entry says so
file-case-changed = The case is no longer as it was saved with this entry
file-whistle-changed = A whistle is no longer as it was saved with this entry, or is gone
file-whistle-unrecorded = There is a whistle of which no entry tells

# Notifications
notice-whistle-raised = A whistle calls your unit: please check in
notice-whistle-escalated = A whistle went unanswered and has been escalated
notice-whistle-declined = A whistle was declined: please rule on it
notice-case-assigned = A case has been assigned to your unit
notice-deadline-approaching = A deadline is coming near
notice-overdue = A deadline has passed
notice-supervision-requested = A case went unanswered up to the top: supervision is asked for
notice-case-accepted = The case you reported has been accepted
notice-case-handed-over = The case you reported has been assigned to a unit
notice-case-in-progress = The case you reported is being worked on
notice-case-resolved = The case you reported has been dealt with and is to be verified
notice-case-closed = The case you reported has been verified and closed
notice-case-rejected = The case you reported has been rejected
notice-case-withdrawn = The case you reported has been withdrawn
notice-case-merged = The case you reported has been merged into another
notice-case-moved = The case you reported has moved on
which-notifications = Give exactly one of ids, upTo and all: true

# Webhooks
webhook-bad-url = Expected an http or https URL with a host and without user name and fragment
webhook-private-address = This server does not send to loopback, private or other special addresses
webhook-off = The webhook is switched off
webhook-delivering = It is being delivered already
webhook-no-kinds = Name at least one kind of event, or leave them out for all

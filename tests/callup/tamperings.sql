-- What an insider may alter: each name is a test of test_order_check.py, each statement does it.

-- another slot
UPDATE booking_booking SET slot_id = (SELECT id FROM booking_slot ORDER BY id DESC LIMIT 1) WHERE id =
(SELECT min(id) FROM booking_booking);

-- another state
UPDATE booking_booking SET state = 'cancelled' WHERE id = (SELECT max(id) FROM booking_booking);

-- another truck
UPDATE booking_booking SET plate_key = 'SOLD01' WHERE id = (SELECT max(id) FROM booking_booking);

-- another share
UPDATE booking_booking SET share = 'priority' WHERE id = (SELECT max(id) FROM booking_booking);

-- a booking gone
DELETE FROM booking_booking WHERE id = (SELECT max(id) FROM booking_booking);

-- a booking put in
INSERT INTO booking_booking (code, checkpoint_id, direction, slot_id, first_slot_id, account_id,
carrier_id, truck_id, plate, plate_key, plate_country, vin, vehicle_class, share, state, asked_for,
made_at, confirmed_at, moves, swaps, strike, excused, is_offer, key, changed_at, changed_why) SELECT
'GL-PUTIN-00000', checkpoint_id, direction, slot_id, first_slot_id, account_id, carrier_id, truck_id,
plate, 'PUTIN', plate_country, vin, vehicle_class, share, 'confirmed', asked_for, made_at, made_at,
moves, swaps, strike, excused, is_offer, '', changed_at, changed_why FROM booking_booking ORDER BY id
LIMIT 1;

-- a change altered
UPDATE booking_change SET at = at - interval '1 day' WHERE id = (SELECT min(id) FROM booking_change);

-- who changed
UPDATE booking_change SET why = 'never' WHERE id = (SELECT max(id) FROM booking_change);

-- a change gone
DELETE FROM booking_change WHERE id = (SELECT min(id) FROM booking_change);

-- a change put in
INSERT INTO booking_change (booking_id, at, why, from_state, to_state, was, became) SELECT booking_id,
at, '', 'held', 'confirmed', '{}', '{}' FROM booking_change LIMIT 1;

-- slot earlier
UPDATE booking_slot SET starts_at = starts_at - interval '1 hour' WHERE id = (SELECT min(id) FROM
booking_slot);

-- slot closed
UPDATE booking_slot SET state = 'closed' WHERE id = (SELECT max(id) FROM booking_slot);

-- slot gone
DELETE FROM booking_slot WHERE id = (SELECT max(id) FROM booking_slot);

-- slot put in
INSERT INTO booking_slot (checkpoint_id, direction, starts_at, ends_at, state) SELECT checkpoint_id,
direction, starts_at + interval '9 days', ends_at + interval '9 days', 'open' FROM booking_slot LIMIT 1;

-- more places
UPDATE booking_quota SET capacity = capacity + 1 WHERE id = (SELECT min(id) FROM booking_quota);

-- fewer taken
UPDATE booking_quota SET taken = taken + 1 WHERE id = (SELECT min(id) FROM booking_quota);

-- quota gone
DELETE FROM booking_quota WHERE id = (SELECT max(id) FROM booking_quota);

-- quota put in
INSERT INTO booking_quota (checkpoint_id, direction, kind, starts_at, ends_at, vehicle_class, share,
capacity, taken, changed_why) SELECT checkpoint_id, direction, 'day', starts_at, ends_at, '', '', 9, 0,
'' FROM booking_quota LIMIT 1;

-- capacity log
UPDATE booking_capacitychange SET to_capacity = 99 WHERE id = (SELECT min(id) FROM
booking_capacitychange);

-- capacity log gone
DELETE FROM booking_capacitychange WHERE id = (SELECT max(id) FROM booking_capacitychange);

-- rules
UPDATE booking_rules SET late_minutes = 600 WHERE direction = 'outbound';

-- rules gone
DELETE FROM booking_rules WHERE direction = 'outbound';

-- ballot's seed
UPDATE booking_ballot SET seed = 'chosen afterwards';

-- ballot gone
DELETE FROM booking_ballot;

-- ballot put in
INSERT INTO booking_ballot SELECT (jsonb_populate_record(ballot, jsonb_build_object('id', id + 1, 'day',
day + 1))).* FROM booking_ballot ballot LIMIT 1;

-- ballot entry
UPDATE booking_ballotentry SET slots = '[1]';

-- ballot entry gone
DELETE FROM booking_ballotentry;

-- ballot entry put in
INSERT INTO booking_ballotentry SELECT (jsonb_populate_record(entry, jsonb_build_object('id', id + 1,
'number', 'B-2', 'plate_key', 'PUTIN'))).* FROM booking_ballotentry entry LIMIT 1;

-- rank on the list
UPDATE booking_waitinggroup SET rank = 0;

-- earlier on the list
UPDATE booking_waitinggroup SET made_at = made_at - interval '1 hour';

-- group gone
DELETE FROM booking_waitinggroup;

-- group put in
INSERT INTO booking_waitinggroup SELECT (jsonb_populate_record(waiting, jsonb_build_object('id', id + 1,
'number', 'W-2'))).* FROM booking_waitinggroup waiting LIMIT 1;

-- truck on the list
UPDATE booking_waitingentry SET truck_id = truck_id + 1;

-- list entry gone
DELETE FROM booking_waitingentry;

-- list entry put in
INSERT INTO booking_waitingentry (group_id, truck_id, vehicle_class, is_waiting) SELECT group_id,
truck_id, vehicle_class, false FROM booking_waitingentry LIMIT 1;

-- kept for another
UPDATE booking_freedslot SET kept_for_id = NULL;

-- freed gone
DELETE FROM booking_freedslot;

-- freed put in
INSERT INTO booking_freedslot (slot_id, at) SELECT id, now() FROM booking_slot WHERE id NOT IN (SELECT
slot_id FROM booking_freedslot) LIMIT 1;

-- joined earlier
UPDATE booking_liveticket SET joined_at = joined_at - interval '1 hour';

-- ticket's plate
UPDATE booking_liveticket SET plate_key = 'SOLD02';

-- ticket gone
DELETE FROM booking_liveticket;

-- ticket put in
INSERT INTO booking_liveticket SELECT (jsonb_populate_record(ticket, jsonb_build_object('id', id + 1,
'code', 'LQ-2', 'number', 999, 'plate_key', 'PUTIN'))).* FROM booking_liveticket ticket LIMIT 1;

-- arrived earlier
UPDATE gate_passage SET park_in_at = park_in_at - interval '1 hour' WHERE id = (SELECT min(id) FROM
gate_passage);

-- entered earlier
UPDATE gate_passage SET entry_at = entry_at - interval '9 minutes' WHERE entry_at IS NOT NULL;

-- passage's booking
UPDATE gate_passage SET booking_id = NULL WHERE booking_id IS NOT NULL;

-- passage gone
DELETE FROM gate_passage WHERE id = (SELECT min(id) FROM gate_passage);

-- passage put in
INSERT INTO gate_passage SELECT (jsonb_populate_record(passage, jsonb_build_object('id', id + 1000,
'opened_by', gen_random_uuid()))).* FROM gate_passage passage LIMIT 1;

-- priority's reason
UPDATE booking_priorityuse SET reason = 'medical';

-- priority's officer
UPDATE booking_priorityuse SET officer_id = officer_id + 1;

-- priority gone
DELETE FROM booking_priorityuse;

-- priority put in
INSERT INTO booking_priorityuse SELECT (jsonb_populate_record(used, jsonb_build_object('id', id + 1))).*
FROM booking_priorityuse used LIMIT 1;

-- called earlier
UPDATE callup_call SET called_at = called_at - interval '5 minutes' WHERE id = (SELECT min(id) FROM
callup_call);

-- nobody passed over
UPDATE callup_call SET passed = '[{"passage": 0, "reason": "rest"}]' WHERE id = (SELECT max(id) FROM
callup_call);

-- call gone
DELETE FROM callup_call WHERE id = (SELECT min(id) FROM callup_call);

-- call put in
INSERT INTO callup_call SELECT (jsonb_populate_record(made, jsonb_build_object('id', id + 1000,
'recalled_at', now()))).* FROM callup_call made LIMIT 1;

-- rest moved
UPDATE callup_hindrance SET starts_at = starts_at - interval '1 hour';

-- rest gone
DELETE FROM callup_hindrance;

-- rest put in
INSERT INTO callup_hindrance SELECT (jsonb_populate_record(told, jsonb_build_object('id', id + 1))).*
FROM callup_hindrance told LIMIT 1;

-- a line
UPDATE callup_orderentry SET line = replace(line, 'confirmed', 'cancelled') WHERE line LIKE '%confirmed%';

-- a hash
UPDATE callup_orderentry SET hash = repeat('0', 64) WHERE seq = 3;

-- facts
UPDATE callup_orderentry SET facts = facts || '{"share": "live"}' WHERE kind = 'booking.confirmed';

-- a time
UPDATE callup_orderentry SET at = at + interval '1 second' WHERE seq = 4;

-- a salt
UPDATE callup_orderentry SET salt = gen_random_uuid() WHERE kind = 'call.made';

-- another source
UPDATE callup_orderentry SET source = 'nothing' WHERE kind = 'call.made';

-- an entry gone
DELETE FROM callup_orderentry WHERE seq = 5;

-- the last entries gone
DELETE FROM callup_orderentry WHERE seq > (SELECT max(seq) - 3 FROM callup_orderentry);

-- an entry put in
INSERT INTO callup_orderentry SELECT (jsonb_populate_record(entry, jsonb_build_object('id', id + 100000,
'seq', 100000))).* FROM callup_orderentry entry WHERE seq = 2;

-- everything gone
DELETE FROM callup_orderentry;

-- a root's head
UPDATE callup_orderroot SET head = repeat('0', 64);

-- a root's token
UPDATE callup_orderroot SET token = token || 'A';

-- a root gone
DELETE FROM callup_orderroot;

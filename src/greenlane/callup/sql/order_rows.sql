-- What of each row bears on order. order_row: everything, as one text, for the digest that binds the row; times as
-- seconds, so that no setting of a session changes it. order_facts: what becomes public; numbers are whole, and
-- everything else is text, so that each fact has one spelling in JSON.

-- 1. Places -------------------------------------------------------------------------------------------------

-- Of the rules those by which calls are ordered, limited and judged.
CREATE OR REPLACE FUNCTION order_facts(one booking_rules) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'late_minutes', one.late_minutes, 'release_lead_minutes', one.release_lead_minutes,
        'live_share', one.live_share::text, 'priority_share', one.priority_share::text,
        'inside_limit', one.inside_limit, 'return_behind', one.return_behind, 'call_up', one.call_up,
        'call_up_target_minutes', one.call_up_target_minutes::text, 'calls_per_minute', one.calls_per_minute,
        'mass_call', one.mass_call, 'allocation', one.allocation, 'offer_minutes', one.offer_minutes,
        'passed_over_limit', one.passed_over_limit, 'live_ticket_hours', one.live_ticket_hours)
$$;
CREATE OR REPLACE FUNCTION order_row(one booking_rules) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT ROW(one.id, one.checkpoint_id, one.direction, order_facts(one))::text
$$;
CREATE OR REPLACE FUNCTION order_row(one booking_slot) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT ROW(one.id, one.checkpoint_id, one.direction, extract(epoch FROM one.starts_at),
               extract(epoch FROM one.ends_at), one.state, one.merged_into_id)::text
$$;
CREATE OR REPLACE FUNCTION order_facts(one booking_slot) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('slot', order_time(one.starts_at), 'until', order_time(one.ends_at), 'state', one.state,
                              'into', (SELECT order_time(other.starts_at) FROM booking_slot other
                                        WHERE other.id = one.merged_into_id))
$$;
CREATE OR REPLACE FUNCTION order_row(one booking_quota) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT ROW(one.id, one.checkpoint_id, one.direction, one.kind, one.slot_id, extract(epoch FROM one.starts_at),
               extract(epoch FROM one.ends_at), one.vehicle_class, one.park_id, one.share, one.carrier_id,
               one.capacity)::text
$$;
-- Whose cap a carrier's cap is stays private.
CREATE OR REPLACE FUNCTION order_facts(one booking_quota) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('places', order_mask('places ' || one.id), 'of', one.kind,
                              'from', order_time(one.starts_at), 'to', order_time(one.ends_at),
                              'class', one.vehicle_class, 'share', one.share, 'capacity', one.capacity)
$$;
CREATE OR REPLACE FUNCTION order_row(one booking_capacitychange) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT ROW(one.id, one.quota_id, extract(epoch FROM one.at), one.by_id, one.why, one.from_capacity,
               one.to_capacity)::text
$$;
CREATE OR REPLACE FUNCTION order_row(one booking_booking) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT ROW(one.id, one.code, one.checkpoint_id, one.direction, one.slot_id, one.account_id, one.carrier_id,
               one.truck_id, one.plate_country, one.plate_key, one.vin, one.vehicle_class, one.share, one.park_id,
               one.state, extract(epoch FROM one.held_until), extract(epoch FROM one.made_at),
               extract(epoch FROM one.ended_at), one.is_offer, one.strike, one.excused)::text
$$;
CREATE OR REPLACE FUNCTION order_facts(one booking_booking) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('place', order_mask(one.code), 'state', one.state,
                              'slot', order_time(slot.starts_at), 'until', order_time(slot.ends_at),
                              'share', one.share, 'class', one.vehicle_class)
      FROM booking_slot slot WHERE slot.id = one.slot_id
$$;
CREATE OR REPLACE FUNCTION order_row(one booking_change) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT ROW(one.id, one.booking_id, extract(epoch FROM one.at), one.by_id, one.why, one.from_state, one.to_state,
               one.was, one.became)::text
$$;

-- 2. Ballots and the waiting list -----------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION order_row(one booking_ballot) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT ROW(one.id, one.checkpoint_id, one.direction, one.day, extract(epoch FROM one.opens_at),
               extract(epoch FROM one.closes_at), one.commitment, one.seed, one.state, one.witnesses, one.list_digest,
               extract(epoch FROM one.closed_at), extract(epoch FROM one.reveal_until),
               extract(epoch FROM one.drawn_at), one.document)::text
$$;
CREATE OR REPLACE FUNCTION order_facts(one booking_ballot) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('day', to_char(one.day, 'YYYY-MM-DD'), 'opens', order_time(one.opens_at),
                              'closes', order_time(one.closes_at), 'commitment', one.commitment, 'state', one.state,
                              'entries', nullif(one.list_digest, ''),
                              'seed', CASE WHEN one.state = 'drawn' THEN one.seed END)
$$;
CREATE OR REPLACE FUNCTION order_row(one booking_ballotentry) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT ROW(one.id, one.ballot_id, one.number, one.account_id, one.carrier_id, one.truck_id, one.plate_country,
               one.plate_key, one.vin, one.vehicle_class, one.share, one.park_id, one.slots,
               extract(epoch FROM one.asked_for), one.priority_reason, one.priority_by_id, one.joins_list, one.outcome, one.why, one.rank, one.booking_id,
               one.slot_id)::text
$$;
CREATE OR REPLACE FUNCTION order_facts(one booking_ballotentry) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('entry', order_mask(one.number), 'outcome', one.outcome, 'rank', one.rank)
$$;
CREATE OR REPLACE FUNCTION order_row(one booking_waitinggroup) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT ROW(one.id, one.number, one.checkpoint_id, one.direction, one.account_id, one.carrier_id, one.share,
               extract(epoch FROM one.earliest), extract(epoch FROM one.latest), one.rank,
               extract(epoch FROM one.made_at), one.state, extract(epoch FROM one.offer_until), one.offers,
               one.passed_over)::text
$$;
CREATE OR REPLACE FUNCTION order_facts(one booking_waitinggroup) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('wait', order_mask(one.number), 'rank', one.rank, 'since', order_time(one.made_at),
                              'from', order_time(one.earliest), 'to', order_time(one.latest), 'share', one.share,
                              'state', one.state, 'offers', one.offers, 'passed_over', one.passed_over)
$$;
CREATE OR REPLACE FUNCTION order_row(one booking_waitingentry) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT ROW(one.id, one.group_id, one.truck_id, one.park_id, one.vehicle_class, one.booking_id,
               one.is_waiting)::text
$$;
CREATE OR REPLACE FUNCTION order_facts(one booking_waitingentry) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('wait', (SELECT order_mask(number) FROM booking_waitinggroup WHERE id = one.group_id),
                              'class', one.vehicle_class,
                              'place', (SELECT order_mask(code) FROM booking_booking WHERE id = one.booking_id))
$$;
CREATE OR REPLACE FUNCTION order_row(one booking_freedslot) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT ROW(one.slot_id, extract(epoch FROM one.at), one.kept_for_id)::text
$$;
CREATE OR REPLACE FUNCTION order_facts(one booking_freedslot) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('slot', (SELECT order_time(starts_at) FROM booking_slot WHERE id = one.slot_id),
                              'kept_for', (SELECT order_mask(number) FROM booking_waitinggroup
                                            WHERE id = one.kept_for_id))
$$;

-- 3. The park, the live queue, priority, calls ----------------------------------------------------------------

CREATE OR REPLACE FUNCTION order_row(one booking_liveticket) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT ROW(one.id, one.code, one.number, one.day, one.checkpoint_id, one.direction, one.account_id, one.truck_id,
               one.country, one.plate_key, one.vehicle_class, one.via, extract(epoch FROM one.joined_at),
               extract(epoch FROM one.good_until), one.state, extract(epoch FROM one.ended_at))::text
$$;
CREATE OR REPLACE FUNCTION order_facts(one booking_liveticket) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('ticket', order_mask(one.code), 'number', one.number, 'since', order_time(one.joined_at),
                              'good_until', order_time(one.good_until), 'class', one.vehicle_class,
                              'state', one.state)
$$;
CREATE OR REPLACE FUNCTION order_row(one gate_passage) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT ROW(one.id, one.checkpoint_id, one.direction, one.booking_id, one.opened_by, one.plate_key, one.country,
               one.vehicle_class, one.phase, extract(epoch FROM one.park_in_at), extract(epoch FROM one.park_out_at),
               extract(epoch FROM one.called_at), extract(epoch FROM one.entry_at),
               extract(epoch FROM one.exit_at))::text
$$;
CREATE OR REPLACE FUNCTION order_facts(one gate_passage) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('truck', order_mask(one.opened_by::text), 'class', one.vehicle_class,
                              'place', (SELECT order_mask(code) FROM booking_booking WHERE id = one.booking_id),
                              'phase', one.phase, 'in', order_time(one.park_in_at), 'out', order_time(one.park_out_at),
                              'called', order_time(one.called_at), 'entry', order_time(one.entry_at),
                              'exit', order_time(one.exit_at))
$$;
CREATE OR REPLACE FUNCTION order_row(one booking_priorityuse) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT ROW(one.id, one.checkpoint_id, one.direction, one.booking_id, one.ticket_id, one.reason, one.detail,
               one.officer_id, extract(epoch FROM one.at))::text
$$;
CREATE OR REPLACE FUNCTION order_facts(one booking_priorityuse) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('place', (SELECT order_mask(code) FROM booking_booking WHERE id = one.booking_id),
                              'ticket', (SELECT order_mask(code) FROM booking_liveticket WHERE id = one.ticket_id),
                              'reason', one.reason, 'officer', order_officer(one.checkpoint_id, one.officer_id))
$$;
CREATE OR REPLACE FUNCTION order_row(one callup_call) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT ROW(one.id, one.passage_id, one.booking_id, one.ticket_id, one.checkpoint_id, one.direction, one.turn,
               one.passed, one.why, extract(epoch FROM one.called_at), extract(epoch FROM one.gate_by),
               one.called_by_id, extract(epoch FROM one.recalled_at), one.recalled_by_id, one.recalled_why,
               one.mass_id, extract(epoch FROM one.missed_at))::text
$$;
CREATE OR REPLACE FUNCTION order_facts(one callup_call) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'call', order_mask('call ' || one.id),
        'truck', (SELECT order_mask(opened_by::text) FROM gate_passage WHERE id = one.passage_id),
        'place', (SELECT order_mask(code) FROM booking_booking WHERE id = one.booking_id),
        'ticket', (SELECT order_mask(code) FROM booking_liveticket WHERE id = one.ticket_id),
        'turn', one.turn, 'gate_by', order_time(one.gate_by), 'officer', order_officer(one.checkpoint_id, one.called_by_id),
        'mass', order_mask('mass ' || one.mass_id),
        -- Whoever types it is told that it is public; a plate typed all the same is left out.
        'why', nullif(regexp_replace(one.why, '\S*\d\S*', '•••', 'g'), ''),
        'passed', coalesce((
            SELECT jsonb_agg(jsonb_build_object('truck', order_mask(passage.opened_by::text),
                                                'reason', item.value->>'reason') ORDER BY item.n)
              FROM jsonb_array_elements(one.passed) WITH ORDINALITY item (value, n)
              JOIN gate_passage passage ON passage.id = (item.value->>'passage')::bigint), '[]'::jsonb))
$$;
CREATE OR REPLACE FUNCTION order_row(one callup_hindrance) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT ROW(one.id, one.kind, one.booking_id, one.ticket_id, one.what, extract(epoch FROM one.starts_at),
               extract(epoch FROM one.ends_at), one.told_by_id, extract(epoch FROM one.told_at),
               extract(epoch FROM one.lifted_at))::text
$$;
CREATE OR REPLACE FUNCTION order_facts(one callup_hindrance) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('hindrance', order_mask('hindrance ' || one.id), 'what', one.kind,
                              'place', (SELECT order_mask(code) FROM booking_booking WHERE id = one.booking_id),
                              'ticket', (SELECT order_mask(code) FROM booking_liveticket WHERE id = one.ticket_id),
                              'from', order_time(one.starts_at), 'to', order_time(one.ends_at),
                              'lifted', order_time(one.lifted_at))
$$;

CREATE OR REPLACE FUNCTION order_row(one callup_masscall) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT ROW(one.id, one.checkpoint_id, one.direction, one.passages, one.count, one.why, one.asked_by_id,
               extract(epoch FROM one.asked_at), extract(epoch FROM one.good_until), one.state, one.decided_by_id,
               extract(epoch FROM one.decided_at))::text
$$;
CREATE OR REPLACE FUNCTION order_facts(one callup_masscall) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('mass', order_mask('mass ' || one.id), 'count', one.count, 'state', one.state,
                              'officer', order_officer(one.checkpoint_id, one.asked_by_id),
                              'second_officer', order_officer(one.checkpoint_id, one.decided_by_id))
$$;
CREATE OR REPLACE FUNCTION order_row(one callup_callpause) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT ROW(one.id, one.checkpoint_id, one.direction, extract(epoch FROM one.starts_at),
               extract(epoch FROM one.ends_at), one.why, one.by_id)::text
$$;
CREATE OR REPLACE FUNCTION order_facts(one callup_callpause) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('pause', order_mask('pause ' || one.id), 'from', order_time(one.starts_at),
                              'to', order_time(one.ends_at), 'officer', order_officer(one.checkpoint_id, one.by_id))
$$;

-- 4. The log's own roots -----------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION order_row(one callup_orderroot) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT ROW(one.id, one.checkpoint_id, one.direction, one.day, one.first_seq, one.last_seq, one.head, one.token,
               extract(epoch FROM one.signed_at))::text
$$;
CREATE OR REPLACE FUNCTION order_facts(one callup_orderroot) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('day', to_char(one.day, 'YYYY-MM-DD'), 'last_seq', one.last_seq, 'head', one.head)
$$;

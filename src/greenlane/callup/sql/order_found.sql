-- Rows from before the log: each becomes an entry as it is found, so that from here on none can change unseen.

SELECT count(order_write(found.checkpoint, found.way, found.source || '.found', found.source, found.id, found.facts,
                         now(), found.as_text))
  FROM (
    SELECT checkpoint_id AS checkpoint, direction AS way, 'rules' AS source, id, order_facts(one) AS facts,
           order_row(one) AS as_text FROM booking_rules one
     UNION ALL
    SELECT checkpoint_id, direction, 'slot', id, order_facts(one), order_row(one) FROM booking_slot one
     UNION ALL
    SELECT checkpoint_id, direction, 'ballot', id, order_facts(one), order_row(one) FROM booking_ballot one
     UNION ALL
    SELECT ballot.checkpoint_id, ballot.direction, 'ballot_entry', one.id, order_facts(one), order_row(one)
      FROM booking_ballotentry one JOIN booking_ballot ballot ON ballot.id = one.ballot_id
     UNION ALL
    SELECT checkpoint_id, direction, 'waiting', id, order_facts(one), order_row(one) FROM booking_waitinggroup one
     UNION ALL
    SELECT waiting.checkpoint_id, waiting.direction, 'waiting_entry', one.id, order_facts(one), order_row(one)
      FROM booking_waitingentry one JOIN booking_waitinggroup waiting ON waiting.id = one.group_id
     UNION ALL
    SELECT slot.checkpoint_id, slot.direction, 'freed', one.slot_id, order_facts(one), order_row(one)
      FROM booking_freedslot one JOIN booking_slot slot ON slot.id = one.slot_id
     UNION ALL
    SELECT checkpoint_id, direction, 'ticket', id, order_facts(one), order_row(one) FROM booking_liveticket one
     UNION ALL
    SELECT checkpoint_id, direction, 'passage', id, order_facts(one), order_row(one) FROM gate_passage one
     UNION ALL
    SELECT checkpoint_id, direction, 'priority', id, order_facts(one), order_row(one) FROM booking_priorityuse one
     UNION ALL
    SELECT checkpoint_id, direction, 'call', id, order_facts(one), order_row(one) FROM callup_call one
     UNION ALL
    SELECT checkpoint_id, direction, 'mass', id, order_facts(one), order_row(one) FROM callup_masscall one
     UNION ALL
    SELECT checkpoint_id, direction, 'pause', id, order_facts(one), order_row(one) FROM callup_callpause one
     UNION ALL
    SELECT coalesce(booking.checkpoint_id, ticket.checkpoint_id), coalesce(booking.direction, ticket.direction),
           'hindrance', one.id, order_facts(one), order_row(one)
      FROM callup_hindrance one
      LEFT JOIN booking_booking booking ON booking.id = one.booking_id
      LEFT JOIN booking_liveticket ticket ON ticket.id = one.ticket_id) found;

-- Bookings and quotas have logs of their own: one entry for each row there, each with its owner as it is now.
INSERT INTO callup_orderentry (
    checkpoint_id, direction, kind, source, source_id, facts, at, salt, digest, added_id, added_digest, line, hash)
SELECT booking.checkpoint_id, booking.direction, 'booking.found', 'booking', booking.id,
       jsonb_strip_nulls(order_facts(booking)), added.at, salted.salt, order_digest(salted.salt, order_row(booking)), added.id,
       order_digest(salted.salt, order_row(added)), '', ''
  FROM (SELECT id, gen_random_uuid() AS salt FROM booking_change) salted
  JOIN booking_change added ON added.id = salted.id
  JOIN booking_booking booking ON booking.id = added.booking_id
 ORDER BY added.id;
INSERT INTO callup_orderentry (
    checkpoint_id, direction, kind, source, source_id, facts, at, salt, digest, added_id, added_digest, line, hash)
SELECT quota.checkpoint_id, quota.direction, 'places.found', 'quota', quota.id, order_facts(quota), added.at,
       salted.salt, order_digest(salted.salt, order_row(quota)), added.id,
       order_digest(salted.salt, order_row(added)), '', ''
  FROM (SELECT id, gen_random_uuid() AS salt FROM booking_capacitychange) salted
  JOIN booking_capacitychange added ON added.id = salted.id
  JOIN booking_quota quota ON quota.id = added.quota_id
 ORDER BY added.id;

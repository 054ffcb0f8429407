-- A refusal without a start of its own holds whatever a clock says (core/access/src/directives/keep-directives.ts); those
-- that are in force stay so where a clock is set back.
update directive set since = to_timestamp(0) where effect = 'refuse' and since <= now();

-- A share's code, sealed, where its retry under the same Idempotency-Key is told it again (docs/decisions/0138-a-code-told-again.md).
alter table directive add column code_sealed text;

/**
 * The rules of one customer's licenses: commands, state, {@code decide} and {@code evolve}. Pure:
 * no clock, no ids made here, no I/O. Start at {@link dev.tally.licensing.domain.Licensing}; a new
 * rule is a constant of {@link dev.tally.licensing.domain.Rule}.
 */
package dev.tally.licensing.domain;

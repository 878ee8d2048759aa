/**
 * Knows when the database does not answer, and keeps callers from waiting for it.
 *
 * <p>Every use of the database by a request passes {@link dev.tally.availability.GuardedUse}, most
 * of them by the interceptor {@link dev.tally.availability.Guard}. It gives each a deadline, and
 * tells failures of the store ({@link dev.tally.availability.Outage}) from all others. If many
 * fail, the {@link dev.tally.availability.Circuit} opens, and from then on callers are refused at
 * once. Only the {@link dev.tally.availability.StoreProbe} goes on asking the database; when it
 * answers and takes writes, the circuit closes.
 *
 * <p>While answers come too late, {@link dev.tally.availability.ConcurrencyLimit} lets fewer
 * requests ask at a time, so that they do not end connections all the time.
 *
 * <p>Work in the background that may take hours asks {@link dev.tally.availability.Pace} how long
 * to rest, so that requests keep the database.
 *
 * <p>Operations: guard a bean; ask whether the store is away, since when and why; ask for a rest.
 *
 * <p>What it promises:
 *
 * <ol>
 *   <li>While the circuit is open, no request waits for the database: neither for a connection nor
 *       for a trial.
 *   <li>A statement or a lock that takes too long does not open the circuit: the database answers
 *       others.
 *   <li>What a caller is told is true: which of the ways of not answering it was.
 *   <li>The start and the end of an outage are one line each in the log.
 * </ol>
 *
 * <p>Out of scope: what is answered instead.
 */
package dev.tally.availability;

/**
 * The port to the event store: remembers what has happened to each customer, for ever.
 *
 * <p>Operations: read a customer, now or as of a time; read one aggregate; page through all that
 * has happened, by tier; append; open a new generation, so that old ones can go to the archive;
 * compare a snapshot with its events; empty a customer's account.
 *
 * <p>What it promises, to every caller:
 *
 * <ol>
 *   <li>An event, once stored, is never changed, unless all of its customer is erased; and its
 *       number among the customer's events has no gap and no twin.
 *   <li>An append is seen whole or not at all. All its events have one time, which no other command
 *       of the customer has.
 *   <li>Of two appends for one customer that started from the same revision, one is refused with
 *       {@link dev.tally.eventstore.WrongVersion}, whatever they read and write.
 *   <li>Reading a customer costs one query and the rows of one generation.
 *   <li>A snapshot is only ever a shortcut: without it, or with one that other code wrote, the
 *       state is the same. So is what a node keeps in memory.
 *   <li>What is read of current state lies in the hot tier, unless the customer was silent for
 *       longer than that reaches; their next append brings it back there.
 *   <li>An event that cannot be read stops its reader, for that customer only; nothing is guessed.
 * </ol>
 *
 * <p>Out of scope: what events mean, which the {@link dev.tally.eventstore.codec.EventModel} of a
 * feature knows; order across customers, which nobody promises.
 */
package dev.tally.eventstore;

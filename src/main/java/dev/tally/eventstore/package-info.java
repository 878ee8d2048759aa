/**
 * The port to the event store: stores what has happened to each customer.
 *
 * <p>Operations: read a customer, now or as of a time; read one aggregate; page through all that
 * has happened, by tier; append; open a new generation, so that old ones can go to the archive;
 * compare a snapshot with its events; empty a customer's account.
 *
 * <p>What it promises, to every caller:
 *
 * <ol>
 *   <li>A stored event is never changed. It is removed only with all of its customer by an erasure,
 *       or past retention when no state needs it. A customer's events are numbered without gap or
 *       repetition.
 *   <li>An append is seen whole or not at all. All its events have one time, which no other command
 *       of the customer has. Whoever appends is told once it is stored, although the next command
 *       may be decided from it before.
 *   <li>If two appends for one customer started from the same revision, one is refused with {@link
 *       dev.tally.eventstore.WrongVersion}, whatever they read and write.
 *   <li>Reading a customer's current state costs one query and the rows of one generation.
 *   <li>A snapshot is only a shortcut: without it, or with one that other code wrote, the state is
 *       the same. The same holds for what a node keeps in memory.
 *   <li>Current state is read from the hot tier, unless the customer was silent for longer than
 *       that tier reaches back; the customer's next append brings it back there.
 *   <li>An event that cannot be read stops its reader, for that customer only; nothing is guessed.
 * </ol>
 *
 * <p>Out of scope: what events mean, which the {@link dev.tally.eventstore.codec.EventModel} of a
 * feature knows; order across customers, which nobody promises.
 */
package dev.tally.eventstore;

/**
 * The port to the event store: remembers what has happened to each customer, for ever.
 *
 * <p>Operations: read the streams of a customer, now or as of a time; read one aggregate; page
 * through all that has happened, by tier; append; open new generations, so that old ones can go to
 * the archive; compare snapshots with their events.
 *
 * <p>What it promises, to every caller:
 *
 * <ol>
 *   <li>An event, once stored, is never changed, unless all of its customer is erased; and its
 *       sequence number in the stream has no gap and no twin.
 *   <li>An append is seen whole or not at all, over all its streams.
 *   <li>Of two appends to one stream that started from the same state, one is refused with {@link
 *       dev.tally.eventstore.WrongVersion}.
 *   <li>Reading current state costs one query and the rows of one generation of each stream.
 *   <li>A snapshot is only ever a shortcut: without it, or with one that other code wrote, the
 *       state is the same.
 *   <li>What is read of current state lies in the hot tier, unless the customer was silent for
 *       longer than that reaches; their next append brings it back there.
 * </ol>
 *
 * <p>Out of scope: what events mean, which their folds know; order across customers, which nobody
 * promises.
 */
package dev.tally.eventstore;

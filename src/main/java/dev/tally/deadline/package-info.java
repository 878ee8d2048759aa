/**
 * The time by which a thread needs its answer, and sockets that keep to it. The driver of the
 * database bounds its waits by settings of the whole server, in seconds; a member waits half a
 * second at most. So each wait for a byte ends when the waiting thread's deadline is over.
 *
 * <p>The server loads these classes once, beside the driver, so that driver and application see the
 * same deadlines (server.xml, library {@code global}). They know nothing but Java.
 *
 * <p>Operations: run something within a limit; tell what is left of the limit.
 *
 * <p>What it promises:
 *
 * <ol>
 *   <li>No wait for the database, be it for a connection, a login, a row or a commit, outlives the
 *       deadline of its thread.
 *   <li>A thread without a deadline waits as the driver's settings say.
 * </ol>
 *
 * <p>Out of scope: how long anybody may wait.
 */
package dev.tally.deadline;

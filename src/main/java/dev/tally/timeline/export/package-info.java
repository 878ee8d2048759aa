/**
 * Tells a customer all that is stored about them, as one stream of lines.
 *
 * <p>Operation: export a customer.
 *
 * <p>What it promises:
 *
 * <ol>
 *   <li>The stream holds all that is stored: the current state, every event of every tier, and what
 *       this node has promised and the store does not have yet. Each kind of data is one {@link
 *       dev.tally.timeline.export.ExportSource}.
 *   <li>Events are those up to the revision that the first line names, whatever is appended
 *       meanwhile.
 *   <li>The last line counts the lines of each kind. A stream without it was cut.
 *   <li>An export takes as much memory for a long history as for a short one, and holds no
 *       transaction while the caller reads.
 *   <li>A caller who reads too slowly is cut off, so that it does not keep the place of others.
 * </ol>
 *
 * <p>Out of scope: promises in the journals of other nodes; logs; titles and policies, which are
 * about no customer.
 */
package dev.tally.timeline.export;

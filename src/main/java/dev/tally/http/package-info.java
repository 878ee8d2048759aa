/**
 * The parts of HTTP that all resources share. This package knows no feature.
 *
 * <p>Operations: reading and writing JSON; query parameters and conditions; problems (RFC 9457);
 * who may call; limits of requests.
 *
 * <p>What it promises:
 *
 * <ol>
 *   <li>Every error has one form and a type, and tells nothing internal.
 *   <li>A resource that does not say who may call it is closed.
 *   <li>Reading JSON guesses nothing: anything unexpected is refused, with its place.
 *   <li>No request is served before the schema is what this version expects.
 *   <li>Requests are answered 503 within seconds while the database is gone.
 *   <li>A query parameter that an operation does not have is refused, and so is one that is given
 *       twice where one value is meant.
 *   <li>A query with {@code If-None-Match} is answered 304 if its answer has that tag, compared
 *       weakly.
 *   <li>A page links to the next one.
 *   <li>Every time in an answer has the same number of digits.
 * </ol>
 *
 * <p>Out of scope: business rules of any kind.
 */
package dev.tally.http;

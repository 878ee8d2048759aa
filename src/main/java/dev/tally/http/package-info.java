/**
 * HTTP as every resource speaks it. This package knows no feature.
 *
 * <p>Operations: JSON in and out; query parameters and conditions; problems (RFC 9457); who may
 * call; limits of requests.
 *
 * <p>What it promises:
 *
 * <ol>
 *   <li>Whatever ends a request badly has one form, a type of its own, and nothing internal in it.
 *   <li>A resource that does not say who may call it is closed.
 *   <li>Reading JSON guesses nothing: what is not expected is refused, with its place.
 *   <li>No request is served before the schema is what this version expects.
 *   <li>A database that is gone shows as 503 within seconds.
 * </ol>
 *
 * <p>Out of scope: business rules of any kind.
 */
package dev.tally.http;

package dev.tally.accounting;

import java.time.LocalDate;

/** What counts of usage are kept by: a title of a studio, a type of license, and a day (UTC). */
record UsageDay(String studio, String title, String type, LocalDate day) {}

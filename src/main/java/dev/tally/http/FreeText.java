package dev.tally.http;

import jakarta.validation.Constraint;
import jakarta.validation.Payload;
import jakarta.validation.ReportAsSingleViolation;
import jakarta.validation.constraints.Pattern;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Text for people to read: 1 to 256 characters, none of them a control character or half of a
 * surrogate pair. Characters that the JDK does not know yet are taken: nodes on two JDKs must
 * agree.
 */
@Pattern(regexp = "[^\\p{Cc}\\p{Cs}]{1,256}")
@ReportAsSingleViolation
@Constraint(validatedBy = {})
@Target({ElementType.PARAMETER, ElementType.FIELD, ElementType.RECORD_COMPONENT})
@Retention(RetentionPolicy.RUNTIME)
public @interface FreeText {
    String message() default
            "must be 1 to 256 characters without control characters and broken surrogates";

    Class<?>[] groups() default {};

    Class<? extends Payload>[] payload() default {};
}

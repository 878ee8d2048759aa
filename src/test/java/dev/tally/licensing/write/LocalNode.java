package dev.tally.licensing.write;

import dev.tally.catalog.Policy;
import dev.tally.catalog.PolicySet;
import dev.tally.catalog.ShippedPolicies;
import dev.tally.catalog.Title;
import dev.tally.eventstore.postgres.Stores;
import dev.tally.ids.PlanId;
import dev.tally.ids.StudioId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.domain.Account;
import dev.tally.local.Database;

import java.time.Instant;

/**
 * The command handlers of one node outside the container, on the real store. Every title exists,
 * and the plan {@code premium} is as shipped.
 */
final class LocalNode implements AutoCloseable {

    final Stores stores;
    final Accounts accounts = new Accounts();
    final AcquireLicenseHandler acquire = new AcquireLicenseHandler();
    final ConfirmLicenseHandler confirm = new ConfirmLicenseHandler();
    final RenewLicenseHandler renew = new RenewLicenseHandler();
    final ReleaseLicenseHandler release = new ReleaseLicenseHandler();
    final RevokeLicenseHandler revoke = new RevokeLicenseHandler();
    final ReconcileAcquireHandler reconcileAcquire = new ReconcileAcquireHandler();
    final ReconcileRenewalHandler reconcileRenewal = new ReconcileRenewalHandler();
    final DeactivateDeviceHandler deactivate = new DeactivateDeviceHandler();
    final WaiveDownloadHandler waive = new WaiveDownloadHandler();
    final CustomerPolicyHistory policies = new CustomerPolicyHistory();
    final ReportHandler report = new ReportHandler();
    final LicensingQueries queries = new LicensingQueries();
    final PotentialQueries potential = new PotentialQueries();
    final DownloadQueries downloads = new DownloadQueries();

    @SuppressWarnings("UnnecessaryAssignment") // here nothing injects
    LocalNode(Database database, Stores.Settings settings) {
        stores = new Stores(database, AccountModel.MODEL, settings);
        accounts.store = stores.store();
        var catalog = new AllTitles();
        accounts.catalog = catalog;
        var licenses = new LicenseCommands();
        licenses.accounts = accounts;
        licenses.catalog = catalog;
        acquire.accounts = accounts;
        acquire.catalog = catalog;
        confirm.licenses = licenses;
        renew.licenses = licenses;
        renew.catalog = catalog;
        release.licenses = licenses;
        revoke.licenses = licenses;
        reconcileAcquire.accounts = accounts;
        reconcileAcquire.catalog = catalog;
        reconcileRenewal.accounts = accounts;
        reconcileRenewal.catalog = catalog;
        deactivate.accounts = accounts;
        deactivate.catalog = catalog;
        downloads.store = accounts.store;
        downloads.accounts = accounts;
        downloads.catalog = catalog;
        waive.accounts = accounts;
        waive.downloads = downloads;
        policies.accounts = accounts;
        policies.store = accounts.store;
        policies.clock = Instant::now;
        report.accounts = accounts;
        report.catalog = catalog;
        queries.accounts = accounts;
        queries.catalog = catalog;
        potential.accounts = accounts;
        potential.catalog = catalog;
        potential.queries = queries;
    }

    @Override
    public void close() {
        stores.close();
    }

    private static final class AllTitles extends CatalogLookup {

        private static final PolicySet POLICIES = ShippedPolicies.withPremium();

        @Override
        public Title title(TitleId id) {
            return new Title(id, id.value(), new StudioId("studio"), null, null);
        }

        @Override
        public Account seen(Account account, Instant asOf) {
            return account;
        }

        @Override
        public Policy policy(Account account, Title title, PlanId plan, Instant at) {
            return POLICIES.inForce(title, plan, own(account, at, at), at);
        }

        @Override
        public Policy policyInForce(Account account, Title title, PlanId plan, Instant at) {
            return policy(account, title, plan, at);
        }

        @Override
        public Policy policyAnyhow(Account account, TitleId title, PlanId plan, Instant at) {
            return policy(account, title(title), plan, at);
        }

        @Override
        Title titleAnyhow(TitleId id, StudioId studio) {
            return title(id);
        }

        @Override
        Policy policySince(Account account, Title title, PlanId plan, Instant at, Instant now) {
            return POLICIES.inForce(title, plan, own(account, at, now), at);
        }

        @Override
        Policy policyInForceAsOf(
                Account account, Title title, PlanId plan, Instant at, Instant now) {
            return POLICIES.inForce(title, plan, own(account, at, now), at);
        }

        @Override
        Title titleAsOf(TitleId id, Instant at) {
            return title(id);
        }

        @Override
        public PolicySet policies(Instant asOf) {
            return POLICIES;
        }

        @Override
        Policy policyAnyhowAsOf(Account account, TitleId title, PlanId plan, Instant at) {
            return policy(account, title(title), plan, at);
        }

        @Override
        public Policy policyAsOf(
                Account account, int version, Instant at, Title title, PlanId plan) {
            return policy(account, title, plan, at);
        }
    }
}

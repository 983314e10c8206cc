"""The Reconciliation Service API 0.2 at `/reconcile`, so that OpenRefine can match a table's places."""

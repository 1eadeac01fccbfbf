package bulk_test

func importFaultsOfClient() []faulty { return nil }
func exportFaults() []faulty { return nil }

"""Many calls: found in folders, told apart by content, analysed by any executor, each kept as soon as it is done."""

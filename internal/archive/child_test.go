package archive_test

// roleVariable makes the test binary play a part in a process of its own.
const roleVariable = "LASTPOST_ARCHIVE_ROLE"

func play(string) int { return 2 }

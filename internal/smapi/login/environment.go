package login

import "errors"

// An Environment has the values of SKILL_LWA_CLIENT_ID, SKILL_LWA_CLIENT_SECRET, SKILL_LWA_REFRESH_TOKEN and
// SKILL_VENDOR_ID, or of the files that the same names with _FILE name.
type Environment struct {
	Profile      Profile
	RefreshToken string
	VendorID     string
}

// FromEnvironment reads the variables and their files.
func FromEnvironment(getenv func(string) (string, bool)) (Environment, error) {
	return Environment{}, errors.New("not built yet")
}

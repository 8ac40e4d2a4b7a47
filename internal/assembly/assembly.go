// Package assembly turns a configuration into parts: archives, blogs, verifier, certificates, server, linking proxy and
// log. It starts nothing: the caller runs what it gets, and closes it.
package assembly

import (
	"cmp"

	"lastpost/internal/config"
)

// DefaultConfig is the configuration file if neither the user nor the environment names one.
const DefaultConfig = "/etc/skill/skill.yaml"

// LoadConfig loads the configuration file, else the file that SKILL_CONFIG names, else DefaultConfig.
func LoadConfig(file string, getenv func(string) (string, bool)) (*config.Config, error) {
	fromEnv, _ := getenv("SKILL_CONFIG")
	return config.Load(cmp.Or(file, fromEnv, DefaultConfig), getenv)
}

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/config"
)

// TestUpgradeConfiguration loads the configurations of earlier versions: the example, the container's and the package's. Each
// has the values that a user had to fill in, and nothing else is changed.
func TestUpgradeConfiguration(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join("testdata", "upgrade", "configuration", "*", "*.yaml"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	fillIn := strings.NewReplacer("domains: []", "domains: [skill.example.com]", `application_id: ""`, "application_id: "+testSkillID,
		`invocation_name: ""`, "invocation_name: half elf", `feed: ""`, "feed: https://halfelf.org/feed/")
	variables := map[string]string{
		"SKILL_DOMAIN": "skill.example.com", "SKILL_APPLICATION_ID": testSkillID, "SKILL_FEED": "https://halfelf.org/feed/",
		"FEED_PASSWORD": "pa%40ss",
	}
	for _, file := range files {
		version := filepath.Base(filepath.Dir(file))
		t.Run(version+" "+filepath.Base(file), func(t *testing.T) {
			content, err := os.ReadFile(file)
			require.NoError(t, err)
			c, err := config.Parse("skill.yaml", []byte(fillIn.Replace(string(content))), func(name string) (string, bool) {
				value, set := variables[name]
				return value, set
			})
			if refusal := refusedConfigurations()[version]; refusal != "" {
				require.EqualError(t, err, refusal)
				return
			}
			require.NoError(t, err)
			require.True(t, strings.HasPrefix(c.Skills[0].ApplicationID, "amzn1.ask.skill."))
			require.Equal(t, "/var/lib/skill", c.DataDir, "the same data directory")
		})
	}
}

// TestUpgradeContainer gives the variables of earlier containers to the image's present configuration.
func TestUpgradeContainer(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join("testdata", "upgrade", "configuration", "*", "container.yaml"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	values := map[string]string{
		"SKILL_DOMAIN": "skill.example.com", "SKILL_APPLICATION_ID": testSkillID, "SKILL_FEED": "https://halfelf.org/feed/",
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		c, err := config.Load(filepath.Join("..", "..", "configs", "container.yaml"), func(name string) (string, bool) {
			value := values[name]
			return value, strings.Contains(string(content), "${"+name+"}")
		})
		require.NoError(t, err, file)
		require.Equal(t, []string{"skill.example.com"}, c.TLS.Domains)
		require.Equal(t, testSkillID, c.Skills[0].ApplicationID)
		require.Equal(t, "blog", c.Skills[0].Name, "the archive's name")
		require.Equal(t, "/alexa", c.Skills[0].Path, "the path in Amazon's console")
		require.Equal(t, config.FeedURL("https://halfelf.org/feed/"), c.Skills[0].Feed)
	}
}

// refusedConfigurations returns the versions whose example is refused since the service gets certificates itself. The message
// says what to do.
func refusedConfigurations() map[string]string {
	const message = "skill.yaml:22: tls.domains: is for tls.mode acme and self-signed only: remove it, or choose that mode"
	return map[string]string{"5b59443": message, "c406c09": message, "80cdfac": message}
}

// TestUpgradeIsComplete requires a configuration for each data directory.
func TestUpgradeIsComplete(t *testing.T) {
	t.Parallel()
	packed, err := filepath.Glob(filepath.Join("testdata", "upgrade", "*.tar.gz"))
	require.NoError(t, err)
	for _, name := range packed {
		version := strings.TrimSuffix(filepath.Base(name), ".tar.gz")
		for _, file := range []string{"skill.yaml", "container.yaml", "package.yaml"} {
			require.FileExists(t, filepath.Join("testdata", "upgrade", "configuration", version, file))
		}
	}
}

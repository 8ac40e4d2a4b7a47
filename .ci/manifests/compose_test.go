package manifests

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/stretchr/testify/require"

	"lastpost/internal/config"
)

// TestComposeFile loads compose.yaml with the library of Docker Compose.
func TestComposeFile(t *testing.T) {
	environment := types.Mapping{
		"SKILL_DOMAIN": "skill.example.com", "SKILL_APPLICATION_ID": "amzn1.ask.skill.00000000-0000-0000-0000-000000000000",
		"SKILL_FEED": "https://halfelf.org/feed/",
	}
	project, err := loadProject(t, environment)
	require.NoError(t, err)
	skill, err := project.GetService("skill")
	require.NoError(t, err)
	require.True(t, skill.ReadOnly)
	require.Equal(t, []string{"ALL"}, skill.CapDrop)
	require.Empty(t, skill.CapAdd)
	require.Equal(t, []string{"no-new-privileges:true"}, skill.SecurityOpt)
	require.False(t, skill.Privileged)
	require.NotZero(t, skill.MemLimit)
	require.Equal(t, "unless-stopped", skill.Restart)
	require.Equal(t, types.HealthCheckTest{"CMD", "/usr/bin/skill", "healthcheck"}, skill.HealthCheck.Test)
	require.Len(t, skill.Ports, 1)
	require.Equal(t, "443", skill.Ports[0].Published, "Alexa calls only this port")
	require.Contains(t, project.Volumes, skill.Volumes[0].Source)
	require.FileExists(t, filepath.Join(skill.Build.Context, "Dockerfile"))

	// The configuration of the image, with the environment of the container.
	content, err := os.ReadFile(filepath.Join("..", "..", "configs", "container.yaml"))
	require.NoError(t, err)
	read, err := config.Parse("container.yaml", content, func(name string) (string, bool) {
		value, ok := skill.Environment[name]
		if !ok || value == nil {
			return "", false
		}
		return *value, true
	})
	require.NoError(t, err)
	require.Equal(t, strings.TrimPrefix(read.Listen, ":"), strconv.Itoa(int(skill.Ports[0].Target)))
	require.Equal(t, read.DataDir, skill.Volumes[0].Target)

	for name := range environment {
		without := environment.Clone()
		delete(without, name)
		_, err := loadProject(t, without)
		require.ErrorContains(t, err, name, "the error must name the missing variable")
	}
}

func loadProject(t *testing.T, environment types.Mapping) (*types.Project, error) {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join("..", "..", "deploy", "docker"))
	require.NoError(t, err)
	return loader.LoadWithContext(t.Context(), types.ConfigDetails{
		WorkingDir: dir, Environment: environment.Clone(), ConfigFiles: []types.ConfigFile{{Filename: filepath.Join(dir, "compose.yaml")}},
	})
}

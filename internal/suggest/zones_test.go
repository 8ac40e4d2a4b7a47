package suggest_test

import (
	"archive/zip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the zones of the program

	"github.com/stretchr/testify/require"

	"lastpost/internal/suggest"
)

func TestZones(t *testing.T) {
	for typed, want := range map[string]string{
		"Los Angeles":            "America/Los_Angeles",
		"los_angeles":            "America/Los_Angeles",
		"America/Los_Angeles":    "America/Los_Angeles",
		"america/los angeles":    "America/Los_Angeles",
		"America/Los Angels":     "America/Los_Angeles",
		" los  angles ":          "America/Los_Angeles",
		"pacific":                "America/Los_Angeles America/Vancouver",
		"Pacific Standard Time":  "America/Los_Angeles America/Vancouver",
		"US/Pacific":             "America/Los_Angeles",
		"PST":                    "America/Los_Angeles Asia/Manila",
		"pdt":                    "America/Los_Angeles",
		"Berlin":                 "Europe/Berlin",
		"Berlin time zone":       "Europe/Berlin",
		"Germany":                "Europe/Berlin Europe/Busingen",
		"DE":                     "Europe/Berlin Europe/Busingen",
		"UK":                     "Europe/London America/Tortola",
		"New Zeeland":            "Pacific/Auckland Pacific/Chatham",
		"São Paulo":              "America/Sao_Paulo",
		"Kiev":                   "Europe/Kyiv",
		"Calcutta":               "Asia/Kolkata",
		"USA":                    "America/New_York America/Chicago America/Los_Angeles America/Denver America/Phoenix",
		"US":                     "America/New_York America/Chicago America/Los_Angeles America/Denver America/Phoenix",
		"UTC":                    "UTC",
		"gmt":                    "UTC",
		"Z":                      "UTC",
		"Zulu":                   "UTC",
		"UTC+0":                  "UTC",
		"UTC+1":                  "Europe/Berlin Europe/Paris Europe/Rome Europe/Madrid Europe/Amsterdam",
		"+05:30":                 "Asia/Kolkata",
		"GMT −8":                 "America/Los_Angeles America/Anchorage",
		"-0330":                  "America/St_Johns",
		"UTC+25":                 "",
		"CEST":                   "Europe/Berlin Europe/Paris Europe/Rome Europe/Madrid Europe/Amsterdam",
		"AEDT":                   "Australia/Sydney",
		"EST":                    "America/New_York America/Toronto",
		"Munich":                 "",
		"en":                     "",
		"Narnia":                 "",
		"":                       "",
		"/":                      "",
		"\x00\xff":               "",
		strings.Repeat("a", 101): "",
		"../../etc/localtime":    "",
	} {
		t.Run(typed, func(t *testing.T) { require.Equal(t, want, strings.Join(suggest.Zones(typed), " ")) })
	}
}

// TestZonesAreComplete compares the list with the zones of Go, which are the zones of the program. Zones that are not places
// have offsets for names: they are not suggested.
func TestZonesAreComplete(t *testing.T) {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	require.NoError(t, err)
	known, err := zip.OpenReader(filepath.Join(strings.TrimSpace(string(root)), "lib/time/zoneinfo.zip"))
	require.NoError(t, err)
	defer func() { require.NoError(t, known.Close()) }()
	list, err := os.ReadFile("zones.txt")
	require.NoError(t, err)
	listed := strings.FieldsFunc(string(list), func(c rune) bool { return strings.ContainsRune("| \n", c) })
	notPlace := regexp.MustCompile(`^(Etc/GMT.*|Factory|[A-Z]{3}(\d[A-Z]{3})?)$`)
	for _, file := range known.File {
		if name := file.Name; !strings.HasSuffix(name, "/") && !notPlace.MatchString(name) {
			require.True(t, slices.Contains(listed, name), "add the zone %s to internal/suggest/zones.txt", name)
		}
	}
}

func TestZonesExist(t *testing.T) {
	list, err := os.ReadFile("zones.txt")
	require.NoError(t, err)
	for line := range strings.Lines(string(list)) {
		name, _, _ := strings.Cut(line, "|")
		_, err := time.LoadLocation(name)
		require.NoError(t, err)
		require.Equal(t, name, suggest.Zones(name)[0])
	}
}

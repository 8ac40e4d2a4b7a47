package skillpkg

import (
	"bytes"
	"encoding/json"
	"strings"
)

// Amazon's command line tool "ask" uses two files, here in the format of its version 2. ask-resources.json names the folder
// of the package. ask-states.json names the skill to update: without it, the tool creates a new skill. The tool also stores
// there what it last deployed, so Write keeps an existing file that names the same skill.

// askVersion is the format version of both files.
const askVersion = "2020-03-31"

// askProfile is the default profile of the tool.
const askProfile = "default"

func askResources() any {
	profile := map[string]any{"skillMetadata": map[string]string{"src": "./" + packageDir}}
	return map[string]any{"askcliResourcesVersion": askVersion, "profiles": map[string]any{askProfile: profile}}
}

type askStates struct {
	Version  string              `json:"askcliStatesVersion"`
	Profiles map[string]askSkill `json:"profiles"`
}

type askSkill struct {
	SkillID string `json:"skillId"`
}

func newAskStates(applicationID string) askStates {
	return askStates{askVersion, map[string]askSkill{askProfile: {applicationID}}}
}

// isSameSkill reports whether the states file that was found names the same skill as the one to be written.
func isSameSkill(found, written []byte) bool {
	var old, ours askStates
	return json.Unmarshal(found, &old) == nil && json.Unmarshal(written, &ours) == nil &&
		old.Profiles[askProfile].SkillID == ours.Profiles[askProfile].SkillID
}

// hasSkillID reports whether Amazon has assigned the skill an id.
func hasSkillID(applicationID string) bool {
	return strings.Trim(strings.TrimPrefix(applicationID, "amzn1.ask.skill."), "0-") != ""
}

// encodeJSON writes JSON that people can read: indented, and with "&" unescaped.
func encodeJSON(content any) []byte {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(content); err != nil {
		panic(err) // cannot happen with the types of this package
	}
	return out.Bytes()
}

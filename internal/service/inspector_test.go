package service

import (
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/config"
)

func TestInspectorIsOffWithoutItsListener(t *testing.T) {
	s := &service{config: &config.Config{}}
	s.setUpInspector()
	require.Nil(t, s.recorder)
}

// TestConversationWithRemovedSkillFails has a service without skills, as after a reload that removed the skill.
func TestConversationWithRemovedSkillFails(t *testing.T) {
	trials := newTestPlayer(&service{})
	_, err := trials.StartConversation("halfelf", "en-US", false)
	require.ErrorContains(t, err, `there is no skill "halfelf"`)
	_, err = (&testConversation{service: trials.service, skill: "halfelf"}).SendUtterance(t.Context(), "open it")
	require.ErrorContains(t, err, `there is no skill "halfelf"`)
}

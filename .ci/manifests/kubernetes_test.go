package manifests

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/yaml"

	"lastpost/internal/config"
)

// A cluster is what stands in deploy/kubernetes.
type cluster struct {
	config     corev1.ConfigMap
	secret     corev1.Secret
	deployment appsv1.Deployment
	disruption policyv1.PodDisruptionBudget
	service    corev1.Service
	ingress    networkingv1.Ingress
}

// read decodes every document of the folder by Kubernetes' own types. A field that these do not have is an error.
func read(t *testing.T) *cluster {
	t.Helper()
	c := &cluster{}
	kinds := map[string]any{
		"v1 ConfigMap": &c.config, "v1 Secret": &c.secret, "apps/v1 Deployment": &c.deployment, "v1 Service": &c.service,
		"policy/v1 PodDisruptionBudget": &c.disruption, "networking.k8s.io/v1 Ingress": &c.ingress,
	}
	files, err := filepath.Glob(filepath.Join("..", "..", "deploy", "kubernetes", "*.yaml"))
	require.NoError(t, err)
	for _, file := range files {
		for _, document := range documents(t, file) {
			var meta metav1.TypeMeta
			require.NoError(t, yaml.Unmarshal(document, &meta), file)
			kind := meta.APIVersion + " " + meta.Kind
			require.Contains(t, kinds, kind, "%s: another %s, or one that no test knows", file, kind)
			require.NoError(t, yaml.UnmarshalStrict(document, kinds[kind]), "%s: %s", file, kind)
			delete(kinds, kind)
		}
	}
	require.Empty(t, kinds, "missing")
	return c
}

// documents are those of a file.
func documents(t *testing.T, file string) (all [][]byte) {
	t.Helper()
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	for document := range strings.SplitSeq(string(content), "\n---\n") {
		all = append(all, []byte(document))
	}
	return all
}

// TestTheTestNotices hands over what Kubernetes would drop in silence.
func TestTheTestNotices(t *testing.T) {
	for claim, document := range map[string]string{
		"a field that does not exist": "{kind: Deployment, spec: {replica: 2}}",
		"a field in the wrong place":  "{kind: Deployment, spec: {template: {spec: {readOnlyRootFilesystem: true}}}}",
		"a value of another kind":     "{kind: Deployment, spec: {replicas: two}}",
		"a field twice":               "{kind: Deployment, kind: Deployment}",
	} {
		require.Error(t, yaml.UnmarshalStrict([]byte(document), &appsv1.Deployment{}), claim)
	}
}

// TestKubernetesConfiguration lets the service read the configuration that the cluster hands it.
func TestKubernetesConfiguration(t *testing.T) {
	c := read(t)
	read, err := config.Parse("skill.yaml", []byte(c.config.Data["skill.yaml"]), os.LookupEnv)
	require.NoError(t, err)
	pod := c.deployment.Spec.Template.Spec
	container := pod.Containers[0]

	require.Equal(t, config.TLSOff, read.TLS.Mode, "the ingress speaks TLS")
	require.Equal(t, "X-Real-IP", read.Proxy.Header, "which ingress-nginx overwrites")
	require.Equal(t, port(t, container, "http"), strings.TrimPrefix(read.Listen, ":"))
	require.Equal(t, port(t, container, "admin"), strings.TrimPrefix(read.Admin.Listen, ":"))
	require.Equal(t, []corev1.EnvVar{{Name: "SKILL_CONFIG", Value: mounted(t, pod, "config").MountPath}}, container.Env)
	require.Equal(t, "skill.yaml", mounted(t, pod, "config").SubPath)
	require.Equal(t, read.DataDir, mounted(t, pod, "data").MountPath)
	password, found := strings.CutPrefix(read.Admin.PasswordFile, mounted(t, pod, "secret").MountPath+"/")
	require.True(t, found)
	require.NotEmpty(t, c.secret.StringData[password])
}

// TestKubernetesPod holds the pods to the least that they need.
func TestKubernetesPod(t *testing.T) {
	deployment := read(t).deployment
	require.EqualValues(t, 2, *deployment.Spec.Replicas)
	pod := deployment.Spec.Template.Spec
	require.Len(t, pod.Containers, 1)
	require.Empty(t, pod.InitContainers)
	container, security := pod.Containers[0], pod.SecurityContext

	require.True(t, *security.RunAsNonRoot)
	require.EqualValues(t, 65532, *security.RunAsUser)
	require.EqualValues(t, 65532, *security.FSGroup, "so that it may read the secret")
	require.Equal(t, corev1.SeccompProfileTypeRuntimeDefault, security.SeccompProfile.Type)
	require.True(t, *container.SecurityContext.ReadOnlyRootFilesystem)
	require.False(t, *container.SecurityContext.AllowPrivilegeEscalation)
	require.Equal(t, []corev1.Capability{"ALL"}, container.SecurityContext.Capabilities.Drop)
	require.Empty(t, container.SecurityContext.Capabilities.Add)
	require.False(t, *pod.AutomountServiceAccountToken)
	require.False(t, pod.HostNetwork || pod.HostPID || pod.HostIPC)

	alive, ready := []string{"/usr/bin/skill", "healthcheck"}, []string{"/usr/bin/skill", "healthcheck", "--ready"}
	require.Equal(t, alive, container.StartupProbe.Exec.Command)
	require.Equal(t, alive, container.LivenessProbe.Exec.Command, "a feed that is down must not end the pod")
	require.Equal(t, ready, container.ReadinessProbe.Exec.Command)
	require.NotZero(t, container.Resources.Limits.Memory().Value())
	require.NotZero(t, container.Resources.Requests.Cpu().MilliValue())
	require.Equal(t, corev1.SleepAction{Seconds: 5}, *container.Lifecycle.PreStop.Sleep)

	for _, volume := range pod.Volumes {
		require.Nil(t, volume.PersistentVolumeClaim, "two pods must not share an archive")
		require.Nil(t, volume.HostPath)
		if volume.Name == "data" {
			require.NotNil(t, volume.EmptyDir)
		}
	}
}

// TestKubernetesWay follows a request from the ingress to the pods.
func TestKubernetesWay(t *testing.T) {
	c := read(t)
	pods := labels.Set(c.deployment.Spec.Template.Labels)
	selects := func(selector *metav1.LabelSelector) bool {
		s, err := metav1.LabelSelectorAsSelector(selector)
		require.NoError(t, err)
		return s.Matches(pods) && !s.Empty()
	}
	require.True(t, selects(c.deployment.Spec.Selector))
	require.True(t, selects(c.disruption.Spec.Selector))
	require.True(t, selects(&metav1.LabelSelector{MatchLabels: c.service.Spec.Selector}))
	require.Less(t, c.disruption.Spec.MinAvailable.IntVal, *c.deployment.Spec.Replicas, "a node must be able to be drained")

	rule := c.ingress.Spec.Rules[0]
	backend := rule.HTTP.Paths[0].Backend.Service
	require.Equal(t, c.service.Name, backend.Name)
	require.Equal(t, c.service.Spec.Ports[0].Name, backend.Port.Name)
	require.Equal(t, intstr.FromString("http"), c.service.Spec.Ports[0].TargetPort)
	port(t, c.deployment.Spec.Template.Spec.Containers[0], "http")
	require.Equal(t, []string{rule.Host}, c.ingress.Spec.TLS[0].Hosts)
	require.NotEmpty(t, c.ingress.Spec.TLS[0].SecretName)
	require.NotEmpty(t, c.ingress.Annotations["cert-manager.io/cluster-issuer"])
}

// port is the number of the container's port of that name.
func port(t *testing.T, container corev1.Container, name string) string {
	t.Helper()
	for _, p := range container.Ports {
		if p.Name == name {
			return strconv.Itoa(int(p.ContainerPort))
		}
	}
	t.Fatalf("no port %s", name)
	return ""
}

// mounted is where a volume that exists is mounted.
func mounted(t *testing.T, pod corev1.PodSpec, volume string) corev1.VolumeMount {
	t.Helper()
	for _, v := range pod.Volumes {
		for _, mount := range pod.Containers[0].VolumeMounts {
			if v.Name == volume && mount.Name == volume {
				return mount
			}
		}
	}
	t.Fatalf("no volume %s", volume)
	return corev1.VolumeMount{}
}

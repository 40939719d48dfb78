/**
 * Puts a `secret-tool` into the folder that keeps one secret in a file beside it. Each call takes a
 * little time, as the real one does; every secret that was ever stored is also added to `stored`.
 */
export async function installFakeSecretTool(folder: string): Promise<void> {
  const script = `#!/bin/sh
case "$1" in
  lookup) sleep 0.05; if [ -f '${folder}/secret' ]; then cat '${folder}/secret'; else exit 1; fi;;
  store) secret=$(cat); printf '%s\\n' "$secret" >> '${folder}/stored'
    printf '%s' "$secret" > '${folder}/secret.new'; mv '${folder}/secret.new' '${folder}/secret';;
  *) echo "unknown command $1" >&2; exit 2;;
esac
`;
  await Deno.writeTextFile(`${folder}/secret-tool`, script, { mode: 0o755 });
}

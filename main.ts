import { run } from "./src/cli/run.ts";
import { systemPlatform } from "./src/platform/system_platform.ts";

Deno.exit(await run(Deno.args, systemPlatform()));

/**
 * What src/grpc/coders.ts comes to, written out: the code that protobufjs makes for each message, as a module. The build puts it
 * in that file's place.
 */
import protobuf from "protobufjs";
import { methodShapes, partsOf } from "../../src/grpc/coders.ts";
import { reflection } from "../../src/grpc/reflection.ts";

/** JavaScript. `minimal`: where that module finds protobufjs without reflection. */
export const writtenCoders = (minimal = "protobufjs/minimal.js"): string => {
  const scope = reflection.lookup("runtime.v1");
  if (!(scope instanceof protobuf.Namespace)) throw new Error("the contract has no runtime.v1");
  const types = scope.nestedArray.filter((each) => each instanceof protobuf.Type);
  return [
    `import protobuf from ${JSON.stringify(minimal)};`,
    "const { Reader, Writer, util } = protobuf;",
    "const coders = {};",
    ...types.map((type) => coderOf(type, new Set(types))),
    // Messages may hold one another, so each gets those of its fields when all are there.
    "for (const { fields, types } of Object.values(coders)) for (const name of fields) types.push(coders[name]);",
    "export const coder = (name) => {",
    "  if (!Object.hasOwn(coders, name)) throw new Error(`the contract has no message ${name}`);",
    "  return coders[name];",
    "};",
    `export const methodShapes = ${JSON.stringify(methodShapes)};`,
  ].join("\n");
};

/** In its functions `C` is the message's class, and `types` are the coders of its fields by their order. */
const coderOf = (type: protobuf.Type, all: ReadonlySet<protobuf.ReflectionObject>): string => {
  const fields = type.fieldsArray.map(({ resolvedType }) => {
    if (!(resolvedType instanceof protobuf.Type)) return null;
    if (!all.has(resolvedType))
      throw new Error(`${type.name} has a message that is in no list: ${resolvedType.fullName}`);
    return resolvedType.name;
  });
  const held = type.fieldsArray.flatMap(({ name, map, repeated }) =>
    map ? [`this.${name} = {};`] : repeated ? [`this.${name} = [];`] : [],
  );
  return `{ const types = []; function C() { ${held.join(" ")} }
    coders.${type.name} = {
      name: ${JSON.stringify(type.name)}, width: ${type.fieldsArray.length}, parts: ${JSON.stringify(partsOf(type))}, fields: ${JSON.stringify(fields)}, types,
      encode: ${String(protobuf.encoder(type))},
      decode: ${String(protobuf.decoder(type))},
      toObject: ${String(protobuf.converter.toObject(type))},
    };
  }`;
};

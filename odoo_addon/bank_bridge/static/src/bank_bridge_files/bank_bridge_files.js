/** @odoo-module **/

import { registry } from "@web/core/registry";
import { many2ManyBinaryField, Many2ManyBinaryField } from "@web/views/fields/many2many_binary/many2many_binary_field";
import { useExternalListener } from "@odoo/owl";

const INPUT = ".o_field_bank_bridge_files input[type=file]";

/** Odoo's field for files, which also takes what is dropped anywhere on the page. */
export class BankBridgeFiles extends Many2ManyBinaryField {
    setup() {
        super.setup();
        useExternalListener(document, "dragover", (event) => this.isFiles(event) && event.preventDefault());
        useExternalListener(document, "drop", (event) => this.onDrop(event));
    }

    isFiles(event) {
        return !this.props.readonly && event.dataTransfer?.types.includes("Files");
    }

    onDrop(event) {
        const input = document.querySelector(INPUT);
        if (this.isFiles(event) && input && !event.defaultPrevented) {
            event.preventDefault();
            input.files = event.dataTransfer.files;
            input.dispatchEvent(new Event("change"));
        }
    }
}

registry.category("fields").add("bank_bridge_files", { ...many2ManyBinaryField, component: BankBridgeFiles });

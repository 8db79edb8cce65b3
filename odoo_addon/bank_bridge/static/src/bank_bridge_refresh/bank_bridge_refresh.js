/** @odoo-module **/

import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { Component, onMounted, onWillUnmount, xml } from "@odoo/owl";

const PAUSE = 1000;

/** Reads the record again every second while one of its fields says that something is at work. */
export class BankBridgeRefresh extends Component {
    static template = xml`<t/>`;
    static props = { ...standardWidgetProps, busy: { type: String } };

    setup() {
        onMounted(() => this.wait());
        onWillUnmount(() => clearTimeout(this.timer));
    }

    wait() {
        this.timer = setTimeout(() => this.look(), PAUSE);
    }

    async look() {
        const { record, busy } = this.props;
        if (record.resId && record.data[busy] && !(await record.isDirty())) {
            try {
                await record.load();
            } catch {
                // The next look may do better: the network comes back, or the page is left.
            }
        }
        this.wait();
    }
}

export const bankBridgeRefresh = {
    component: BankBridgeRefresh,
    extractProps: ({ attrs }) => ({ busy: attrs.busy }),
};

registry.category("view_widgets").add("bank_bridge_refresh", bankBridgeRefresh);
